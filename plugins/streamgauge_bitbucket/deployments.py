"""The memory that tells an upgrade from a rollback, for commit statuses that are deployments."""

from __future__ import annotations

import json
from collections.abc import Iterable

from streamgauge import CDEvent, CloudEvent
from streamgauge.hookspecs import State
from streamgauge.sources import Deployments, DeployRule
from streamgauge.sources.fields import word
from streamgauge_bitbucket.notice import notice_of
from streamgauge_bitbucket.statuses import Status, deployment, status_of


class DeploymentTransformer:
    """service.deployed, upgraded or rolledback for a status that succeeded."""

    name = "bitbucket-deployments"

    def __init__(self, rule: DeployRule) -> None:
        self._rule = rule

    def state_key(self, event: CloudEvent) -> str | None:
        """The service and the environment, where a deployment succeeded in one."""
        found = self._success(event)
        if found is None:
            return None
        status, service, environment = found
        # JSON, because each of them may hold any separator.
        return json.dumps([status.notice.repository.page, service, environment])

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """One CDEvent, named by what was deployed before it, in the time of the deployments."""
        found = self._success(event)
        if found is None:
            return [], state
        status, service, environment = found
        deployments = Deployments(state)
        done = deployments.add(status.at or status.notice.time, status.commit, status.run)
        made = [deployment(f"service.{done}", status, service, environment)] if done else []
        return made, deployments.state()

    def _success(self, event: CloudEvent) -> tuple[Status, str, str] | None:
        if word(event.get_data(), "commit_status", "state") != "successful":
            return None
        notice = notice_of(event)
        status = None if notice is None else status_of(notice)
        if status is None:
            return None
        target = status.target(self._rule)
        return None if target is None else (status, *target)
