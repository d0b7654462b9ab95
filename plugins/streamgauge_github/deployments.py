"""Deployments: what a deployment_status says, and the memory that tells an upgrade from a rollback.

Only deployments count as deployments: a workflow run that deploys something says so by making
one, and is a pipeline run besides.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streamgauge import CDEvent, CloudEvent, json_codec
from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.hookspecs import State
from streamgauge_github.fields import flag, ident, instant, path, sha, stamp, text, url, word
from streamgauge_github.notice import Notice, notice_of

REMEMBERED = 50
"""How many deployments are remembered per service and environment.

The state is read and written whole with every deployment, so it needs a bound. A rollback to
something older than the last 50 deployments is taken for an upgrade.
"""


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
        return self.notice.make(
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
        """One CDEvent, named by what was deployed before it, in the time of the deployments.

        A deployment that is reported late finds its place by its time; those after it keep the
        name that they were given without it. A success of the deployment that succeeded last, or
        next, is the same success said again.
        """
        status = _success(event)
        if status is None:
            return [], state
        history = list(state["deployments"]) if state else []
        # Fixed width, so that the texts sort as the instants do.
        moment = (status.at or status.notice.time).isoformat(timespec="microseconds")
        number = status.address.rpartition("/")[2]
        entry = [moment, status.commit, number]
        place = bisect.bisect_left(history, entry)
        known = history[place : place + 1] == [entry]
        neighbours = history[max(place - 1, 0) : place + 1]
        if not known and number in [each for _, _, each in neighbours]:
            return [], state
        done = _classify([commit for _, commit, _ in history[:place]], status.commit)
        if not known:
            history.insert(place, entry)
        return [status.succeeded(done)], {"deployments": history[-REMEMBERED:]}


def _success(event: CloudEvent) -> Status | None:
    if state_of(event.get_data()) != "success":
        return None
    notice = notice_of(event)
    return None if notice is None else status_of(notice)


def _classify(before: list[str], commit: str) -> str:
    if not before or commit == before[-1]:
        return "deployed"  # the first one, or the same again
    return "rolledback" if commit in before else "upgraded"


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
