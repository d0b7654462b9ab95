"""Deployments: what a deployment event says, and the memory that tells an upgrade from a rollback.

Only deployments count as deployments: a pipeline or a job that deploys something makes one, and is
a run besides.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from streamgauge import CDEvent, CloudEvent
from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.hookspecs import State
from streamgauge.sources import Deployments
from streamgauge.sources.fields import ident, instant, sha, short_sha, text, url, word
from streamgauge_gitlab.notice import Notice, notice_of
from streamgauge_gitlab.options import Options

_PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Status:
    """What one deployment event says."""

    notice: Notice
    identity: str
    """What makes the deployment the same one: its job, else itself."""
    service: str
    environment: str
    commit: str
    at: datetime | None

    def make(self, kind: str, transition: str) -> CDEvent:
        """A CDEvent of this deployment. One deployment succeeds or fails once: to roll back, and
        to deploy again, GitLab makes another."""
        data = self.notice.data
        tier = word(data, "environment_tier")
        return self.notice.told.occurrence(
            kind,
            *(self.identity, transition),
            at=self.at,
            subject=self.service,
            content={
                "environment": {"id": self.environment},
                "artifactId": self.notice.project.artifact(self.commit),
            },
            commit=self.commit,
            ref=text(data, "ref"),
            url=url(data, "deployable_url"),
            deployment=_address(self.notice) or self.identity,
            environmentUrl=url(data, "environment_external_url"),
            tier=tier or None,
            production=tier == _PRODUCTION if tier else None,
            deployer=self.notice.user,
        )


def status_of(notice: Notice, options: Options) -> Status | None:
    """The deployment in a notice; None without an environment, a commit, a deployment."""
    name, commit = text(notice.data, "environment"), _commit(notice.data)
    identity = _identity(notice)
    if name is None or commit is None or identity is None:
        return None
    return Status(
        notice,
        identity,
        options.service_of(notice.project.path, name),
        options.environment_of(name),
        commit,
        instant(notice.data, "status_changed_at"),
    )


def deployment(notice: Notice, options: Options) -> list[CDEvent]:
    """What needs no memory: a deployment that failed."""
    if word(notice.data, "status") != "failed":
        return []
    status = status_of(notice, options)
    return [] if status is None else [status.make(DEPLOYMENT_FAILED, "failure")]


class DeploymentTransformer:
    """service.deployed, upgraded or rolledback for a deployment that succeeded."""

    name = "gitlab-deployments"

    def __init__(self, options: Options) -> None:
        self._options = options

    def state_key(self, event: CloudEvent) -> str | None:
        """The service and the environment, where a deployment succeeded in one."""
        status = self._success(event)
        if status is None:
            return None
        # JSON, because an environment may hold any separator.
        return json.dumps([status.notice.project.host, status.service, status.environment])

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """One CDEvent, named by what was deployed before it, in the time of the deployments."""
        status = self._success(event)
        if status is None:
            return [], state
        deployments = Deployments(state)
        at = status.at or status.notice.time
        done = deployments.add(at, status.commit, status.identity, once=True)
        made = [] if done is None else [status.make(f"service.{done}", "success")]
        return made, deployments.state()

    def _success(self, event: CloudEvent) -> Status | None:
        if word(event.get_data(), "status") != "success":
            return None
        notice = notice_of(event)
        if notice is None or notice.kind != "deployment":
            return None
        return status_of(notice, self._options)


def _identity(notice: Notice) -> str | None:
    """The job that deploys, for every version of GitLab and Knative names it; one that was made
    by the API has none."""
    if (job := ident(notice.data, "deployable_id")) is not None:
        return notice.project.part("jobs", job)
    return _address(notice)


def _address(notice: Notice) -> str | None:
    """The deployment in GitLab's API."""
    project, number = notice.project, ident(notice.data, "deployment_id")
    if number is None or project.number is None:
        return None
    root = project.page.removesuffix(f"/{project.path}")
    return f"{root}/api/v4/projects/{project.number}/deployments/{number}"


def _commit(data: object) -> str | None:
    """The commit: whole only at the end of its page's address."""
    page = url(data, "commit_url") or ""
    return sha(page.rpartition("/")[2]) or short_sha(data, "short_sha")
