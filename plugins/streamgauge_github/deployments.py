"""Deployments: what a deployment_status says, and the memory that tells an upgrade from a rollback.

Only deployments count as deployments: a workflow run that deploys something says so by making
one, and is a pipeline run besides.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streamgauge import CDEvent, CloudEvent, json_codec
from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.hookspecs import State
from streamgauge.sources import Deployments
from streamgauge.sources.fields import flag, ident, instant, path, sha, stamp, text, url, word
from streamgauge_github.notice import Notice, notice_of


@dataclass(frozen=True, slots=True)
class Status:
    """What one deployment_status says."""

    notice: Notice
    address: str
    """The deployment in the API."""
    service: str
    environment: str
    commit: str
    at: datetime | None

    def make(
        self, kind: str, transition: str, *when: str, content: dict[str, Any] | None = None
    ) -> CDEvent:
        """A CDEvent of this status; the deployment, `transition` and `when` identify it."""
        data = self.notice.data
        status, deployment = path(data, "deployment_status"), path(data, "deployment")
        return self.notice.told.occurrence(
            kind,
            *(self.address, transition, *when),
            at=self.at,
            subject=self.service,
            content={"environment": {"id": self.environment}, **(content or {})},
            commit=self.commit,
            ref=text(deployment, "ref"),
            url=url(status, "log_url") or url(status, "target_url"),
            deployment=self.address,
            startedAt=stamp(instant(deployment, "created_at")) or None,
            environmentUrl=url(status, "environment_url"),
            task=text(deployment, "task"),
            production=flag(deployment, "production_environment"),
            transient=flag(deployment, "transient_environment"),
        )

    def failed(self) -> CDEvent:
        """The attempt that failed; `failure` and `error` of one deployment are one failure."""
        return self.make(DEPLOYMENT_FAILED, "failure", content=self._artifact())

    def succeeded(self, done: str) -> CDEvent:
        """The deployment, `done` being deployed, upgraded or rolledback.

        A deployment can succeed twice: whoever rolls back by activating an old deployment gives
        it a second success. So the time, or the status's number, is part of the identity.
        """
        when = stamp(self.at) or ident(path(self.notice.data, "deployment_status"), "id") or ""
        return self.make(f"service.{done}", "success", when, content=self._artifact())

    def _artifact(self) -> dict[str, Any]:
        return {"artifactId": self.notice.repository.artifact(self.commit)}


def state_of(data: object) -> str:
    """GitHub's word for how far a deployment has come: ``success``, ``failure``, ``queued`` ..."""
    return word(data, "deployment_status", "state")


def status_of(notice: Notice) -> Status | None:
    """The deployment status in a notice; None without an environment, a commit, a deployment."""
    status, deployment = path(notice.data, "deployment_status"), path(notice.data, "deployment")
    environment = text(status, "environment") or text(deployment, "environment")
    commit = sha(deployment, "sha")
    address = url(deployment, "url") or url(status, "deployment_url")
    if address is None and (number := ident(deployment, "id")) is not None:
        address = f"{notice.repository.api_url}/deployments/{number}"
    if notice.event != "deployment_status" or not (environment and commit and address):
        return None
    component = _component(path(deployment, "payload"))
    service = notice.repository.full_name
    return Status(
        notice,
        address,
        service if component is None else f"{service}/{component}",
        environment,
        commit,
        instant(status, "created_at") or instant(status, "updated_at"),
    )


def deployment_status(notice: Notice) -> list[CDEvent]:
    """What needs no memory: a deployment that failed, a passing environment that is gone."""
    state = state_of(notice.data)
    # GitHub also calls a deployment inactive when the next one supersedes it.
    removed = state == "inactive" and flag(notice.data, "deployment", "transient_environment")
    if not removed and state not in ("failure", "error"):
        return []
    status = status_of(notice)
    if status is None:
        return []
    return [status.make("service.removed", "inactive") if removed else status.failed()]


class DeploymentTransformer:
    """service.deployed, upgraded or rolledback for a deployment that succeeded."""

    name = "github-deployments"

    def state_key(self, event: CloudEvent) -> str | None:
        """The service and the environment, where a deployment succeeded in one."""
        status = _success(event)
        if status is None:
            return None
        # JSON, because a component or an environment may hold any separator.
        return json.dumps([status.notice.repository.host, status.service, status.environment])

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """One CDEvent, named by what was deployed before it, in the time of the deployments."""
        status = _success(event)
        if status is None:
            return [], state
        deployments = Deployments(state)
        number = status.address.rpartition("/")[2]
        done = deployments.add(status.at or status.notice.time, status.commit, number)
        made = [] if done is None else [status.succeeded(done)]
        return made, deployments.state()


def _success(event: CloudEvent) -> Status | None:
    if state_of(event.get_data()) != "success":
        return None
    notice = notice_of(event)
    return None if notice is None else status_of(notice)


def _component(payload: object) -> str | None:
    """The part of a repository that is deployed: `component` in the deployment's own payload.

    The API gives the payload back as it was sent: an object, or JSON in a text.
    """
    if isinstance(payload, str):
        try:
            payload = json_codec.decode(payload.encode())
        except ValueError:
            return None
    component = text(payload, "component")
    return None if component is None else component.strip()
