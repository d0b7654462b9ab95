"""What is the same in all that CircleCI sends: project, commit, branch.

A pipeline of a GitHub OAuth or a Bitbucket project has them in ``vcs``, one of GitLab or of the
GitHub App in
``trigger_parameters``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from streamgauge import CloudEvent
from streamgauge.sources import Repository, Told, repository_at
from streamgauge.sources.fields import mapping, path, sha, text, url, whole

_HOME = "https://app.circleci.com"


@dataclass(frozen=True, slots=True)
class Notice:
    """One delivery."""

    data: dict[str, Any]
    told: Told

    @property
    def project(self) -> str:
        """The project's name."""
        return text(self.data, "project", "name") or text(self.data, "project", "slug") or ""

    @property
    def repository(self) -> Repository | None:
        """Where the source is from."""
        pipeline = path(self.data, "pipeline")
        address = (
            text(pipeline, "vcs", "target_repository_url")
            or text(pipeline, "vcs", "origin_repository_url")
            or text(pipeline, "trigger_parameters", "gitlab", "web_url")
            or text(pipeline, "trigger_parameters", "git", "checkout_url")
            or text(pipeline, "trigger_parameters", "git", "repo_url")
        )
        return None if address is None else repository_at(address.strip())

    @property
    def commit(self) -> str | None:
        """The commit that was checked out."""
        pipeline = path(self.data, "pipeline")
        return sha(pipeline, "vcs", "revision") or sha(
            pipeline, "trigger_parameters", "git", "checkout_sha"
        )

    def custom(self) -> dict[str, Any]:
        """What customData says of everything."""
        pipeline = mapping(self.data, "pipeline")
        repository = self.repository
        return {
            "repository": None if repository is None else repository.address,
            "commit": self.commit,
            "branch": self._vcs(pipeline, "branch"),
            "tag": self._vcs(pipeline, "tag"),
            "url": url(self.data, "workflow", "url"),
            "pipeline": whole(pipeline, "number"),
            "trigger": text(pipeline, "trigger", "type"),
        }

    @staticmethod
    def _vcs(pipeline: dict[str, Any], name: str) -> str | None:
        return text(pipeline, "vcs", name) or text(pipeline, "trigger_parameters", "git", name)


def notice_of(event: CloudEvent) -> Notice | None:
    """The delivery in an event; None for what is no JSON object."""
    data = event.get_data()
    if not isinstance(data, dict):
        return None
    time = event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    return Notice(data, Told(event.get_source(), time))


def page_of(data: dict[str, Any]) -> str:
    """The project's page, which the address of each workflow begins with."""
    workflow = url(data, "workflow", "url") or ""
    project, found, _ = workflow.rpartition("/workflows/")
    page = project.rpartition("/")[0]
    if found and "//" in page:
        return page
    slug = text(data, "project", "slug")
    return _HOME if slug is None else f"{_HOME}/pipelines/{quote(slug, safe='/')}"


def workflow_page(data: dict[str, Any], identity: str) -> str:
    """Where a workflow can be looked at."""
    return url(data, "workflow", "url") or f"{_HOME}/pipelines/workflows/{quote(identity)}"
