"""Where something is: the organisation, its project, and a repository of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from streamgauge.sources import Repository, repository_at
from streamgauge.sources.fields import mapping, path, text, url

_GITHUB_API = re.compile(r"https://api\.github\.com/repos/(.+)", re.ASCII)
# What stands before an address's own part: the organisation, a collection, the project.
_BASE = re.compile(r"(https?://[^/]+(?:/[^/_][^/]*)*)/_.*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Project:
    """One project of one organisation or collection."""

    organisation: str
    """Its address, ``https://dev.azure.com/acme``; ``""`` where nothing says it."""
    source: str
    """The source of the CDEvents: the project's address, by its id, which a rename keeps."""

    def run(self, number: str) -> str:
        """What a run of a pipeline is called, which is a build under another name."""
        return f"{self.source}/_build/results?buildId={quote(number, safe='')}"

    def run_uri(self, number: str) -> str:
        """The page of a run, else its number as a URI."""
        return url(self.run(number)) or f"azure-devops:build/{quote(number, safe='')}"


def project_of(data: dict[str, Any]) -> Project:
    """The project that a service hook speaks for."""
    containers = mapping(data, "resourceContainers")
    resource = mapping(data, "resource")
    identity = text(containers, "project", "id") or text(resource, "project", "id") or "unknown"
    for container in ("project", "collection", "account"):
        if (base := url(containers, container, "baseUrl")) is not None:
            return _project(base, identity)
    for address in _addresses(resource):
        if isinstance(address, str) and (match := _BASE.fullmatch(address)) and url(match[1]):
            return _project(match[1], identity)
    return _project("", identity)


@lru_cache(maxsize=4096)
def _project(base: str, identity: str) -> Project:
    """The project under an address, which may end with its own id."""
    organisation = base.rstrip("/").removesuffix(f"/{identity}")
    return Project(organisation, f"{organisation}/{quote(identity, safe='')}")


def _addresses(resource: dict[str, Any]) -> tuple[Any, ...]:
    """Where older payloads show the organisation."""
    return (
        path(resource, "run", "_links", "web", "href"),
        path(resource, "stage", "_links", "web", "href"),
        path(resource, "job", "_links", "web", "href"),
        path(resource, "repository", "project", "url"),
        path(resource, "url"),
        path(resource, "environment", "release", "url"),
    )


def repository_in(found: dict[str, Any]) -> tuple[Repository, str] | None:
    """The repository that a push or a pull request is about, and what it is called:
    ``project/repository``."""
    remote, name = text(found, "remoteUrl"), text(found, "name")
    if remote is None or name is None:
        return None
    repository = repository_at(remote)
    if url(repository.address) is None:
        return None
    return repository, f"{text(found, 'project', 'name') or name}/{name}"


def repository_of(address: str | None) -> Repository | None:
    """The repository that a pipeline was run for, by what Azure has for its address."""
    if address is None:
        return None
    match = _GITHUB_API.fullmatch(address)
    repository = repository_at(f"https://github.com/{match[1]}" if match else address)
    return repository if url(repository.address) else None


@lru_cache(maxsize=4096)
def git_address(organisation: str, project: str, repository: str) -> str | None:
    """Where a repository of Azure's own is, by names."""
    made = f"{organisation}/{quote(project)}/_git/{quote(repository)}"
    return url(made)


def github_address(full_name: str) -> str | None:
    """Where a repository of GitHub's is."""
    return url(f"https://github.com/{full_name}")


def person(found: object) -> str | None:
    """What somebody is called. Azure's unique names are e-mail addresses, mostly."""
    if (named := text(found)) is not None:
        return named.partition("<")[0].strip() or None
    unique = text(found, "uniqueName")
    if unique is not None and "@" not in unique and "\\" not in unique:
        return unique
    return text(found, "displayName") or text(found, "name")
