"""A build of Cloud Build's: what it is called, what it is of, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

from streamgauge import CloudEvent
from streamgauge.sources import Told, artifact, parse_image, repository_at
from streamgauge.sources.fields import ident, items, sha, short_sha, text, texts, url, word
from streamgauge_fourkeys.messages import build_in

OUTCOMES: Final = {
    "success": "success",
    "failure": "failure",
    "internal_error": "error",
    "timeout": "error",
    "expired": "error",
    "cancelled": "cancel",
}
"""Cloud Build's word for how a build ended, as CDEvents' outcome."""

_COMMITS: Final = (
    ("substitutions", "COMMIT_SHA"),
    ("substitutions", "REVISION_ID"),
    ("sourceProvenance", "resolvedRepoSource", "commitSha"),
    ("source", "gitSource", "revision"),
    ("source", "repoSource", "commitSha"),
)


@dataclass(frozen=True)
class Build:
    """One notification about a build."""

    data: Mapping[str, Any]
    told: Told
    id: str
    status: str
    """In lower case: ``success``, ``working``."""

    @cached_property
    def subject(self) -> str:
        """What the build is called over its life, much as in Google's API."""
        return f"projects/{text(self.data, 'projectId') or '-'}/builds/{self.id}"

    @cached_property
    def page(self) -> str:
        """Its page in Google's console, which also finds it by its id."""
        project = quote(text(self.data, "projectId") or "-", safe="")
        found = f"https://console.cloud.google.com/cloud-build/builds/{quote(self.id, safe='')}"
        return url(self.data, "logUrl") or f"{found}?project={project}"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What it may be called in the settings, best first."""
        found = (
            text(self.data, "substitutions", "TRIGGER_NAME"),
            *texts(self.data, "tags"),
            text(self.data, "substitutions", "REPO_FULL_NAME"),
            text(self.data, "substitutions", "REPO_NAME"),
            text(self.data, "source", "repoSource", "repoName"),
            text(self.data, "projectId"),
        )
        return tuple(name for name in found if name) or (self.id,)

    @cached_property
    def repository(self) -> str | None:
        """The page of its repository, where it says so: its name alone has no host."""
        address = text(self.data, "source", "gitSource", "url")
        found = None if address is None else repository_at(address)
        return None if found is None or found.name is None else found.address

    @cached_property
    def commit(self) -> str | None:
        """The commit that was built."""
        found = (sha(self.data, *keys) for keys in _COMMITS)
        short = short_sha(self.data, "substitutions", "SHORT_SHA")
        return next((commit for commit in found if commit), short)

    @property
    def pipeline(self) -> str:
        """The trigger, else the repository that was built."""
        data = self.data
        names = ("TRIGGER_NAME", "REPO_FULL_NAME", "REPO_NAME")
        found = (text(data, "substitutions", name) for name in names)
        return next((name for name in found if name), self.names[-1])

    @property
    def service(self) -> str:
        """The repository, where no setting says better."""
        for keys in (
            ("substitutions", "REPO_FULL_NAME"),
            ("substitutions", "REPO_NAME"),
            ("source", "repoSource", "repoName"),
        ):
            if (found := text(self.data, *keys)) is not None:
                return found
        return (self.repository and repository_at(self.repository).name) or self.pipeline

    @cached_property
    def images(self) -> list[tuple[str, str, Any]]:
        """The package URLs of the images it has pushed, their digests, and what tells of them."""
        found = []
        for each in items(self.data, "results", "images"):
            name, digest = text(each, "name"), text(each, "digest")
            if name is not None and digest is not None:
                image = parse_image(f"{name.strip()}@{digest.strip()}")
                if image.digest is not None:
                    found.append((image.package_url, image.digest, each))
        return found

    @property
    def artifact(self) -> str:
        """What it has deployed: the image, if it is one, else the source."""
        if len(self.images) == 1:
            return self.images[0][0]
        version = self.commit or self.id
        if self.repository is not None:
            return repository_at(self.repository).artifact(version)
        return artifact(self.service, version)

    @cached_property
    def custom(self) -> dict[str, Any]:
        """The customData of all its events."""
        return {
            "repository": self.repository,
            "commit": self.commit,
            "branch": text(self.data, "substitutions", "BRANCH_NAME"),
            "tag": text(self.data, "substitutions", "TAG_NAME"),
            "trigger": text(self.data, "substitutions", "TRIGGER_NAME"),
            "url": self.page,
        }


def build_of(event: CloudEvent) -> Build | None:
    """The build that an event tells of."""
    found = build_in(event)
    identity = None if found is None else ident(found[0], "id")
    if found is None or identity is None:
        return None
    data, told = found
    return Build(data, told, identity, word(data, "status"))
