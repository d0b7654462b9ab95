"""What a project is called: its page, its path, its number.

Everything is derived from the page, on whatever host GitLab is and under whatever path, so that the
same thing has the same name in every event and in every version of GitLab.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from streamgauge.sources import repository_at
from streamgauge.sources.fields import ident, text

_ADDRESSES = (
    ("project", "web_url"),
    ("project", "homepage"),
    ("repository", "homepage"),
    ("project", "git_http_url"),
    ("repository", "git_http_url"),
)


@dataclass(frozen=True, slots=True)
class Project:
    """One project on one GitLab."""

    page: str
    """Its page, the source of its CDEvents."""
    path: str
    """``group/subgroup/project``, what its service is called."""
    host: str
    """The host of its page, with a port if it has one."""
    number: str | None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def owner(self) -> str:
        """The group, with all groups above it, or the user."""
        return self.path.rpartition("/")[0]

    @property
    def reference(self) -> dict[str, str]:
        """How the content of another CDEvent refers to this project's repository."""
        return {"id": self.path, "source": self.page}

    def part(self, kind: str, identity: str) -> str:
        """The page of something in the project: ``part("merge_requests", "12")``.

        Derived, for GitLab's own addresses have changed: before 12.0 they had no ``/-/``.
        """
        return f"{self.page}/-/{kind}/{quote(identity, safe='/')}"

    def artifact(self, version: str) -> str:
        """The package URL of the source at a commit or a tag."""
        return repository_at(self.page).artifact(version)


def project_of(data: object, source: str = "") -> Project | None:
    """The project that a payload is about; `source` is where the CloudEvent says it is from.

    None for what concerns a whole group or instance.
    """
    number = ident(data, "project", "id") or ident(data, "project_id")
    path = text(data, "project", "path_with_namespace") or text(data, "path_with_namespace")
    for keys in _ADDRESSES:
        if (address := text(data, *keys)) and (found := _project_at(address, path, number)):
            return found
    return _project_at(source.partition("/-/")[0], path, number)


@lru_cache(maxsize=4096)
def _project_at(address: str, path: str | None, number: str | None) -> Project | None:
    repository = repository_at(address)
    if repository.name is None or repository.host is None or "/" not in repository.name:
        return None
    page = repository.address
    # GitLab may lie under a path of its host, which is no group.
    named = path is not None and page.endswith(f"/{path}")
    return Project(page, path if named and path else repository.name, repository.host, number)
