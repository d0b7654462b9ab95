"""Deployments, and the memory that tells an upgrade from a rollback.

Unless settings say otherwise only deployments count as deployments: a workflow run that deploys
something says so by making one, and is a pipeline run besides.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from streamgauge import CDEvent, CloudEvent
from streamgauge.hookspecs import State
from streamgauge.sources import Deployments
from streamgauge.sources.fields import flag, word
from streamgauge_github.attempts import Attempt, attempt_of
from streamgauge_github.notice import Notice, notice_of
from streamgauge_github.options import Options


def deployment_failed(notice: Notice, options: Options) -> list[CDEvent]:
    """What needs no memory: a deployment that failed, a passing environment that is gone."""
    # GitHub also calls a deployment inactive when the next one supersedes it.
    attempt = attempt_of(notice, options)
    if attempt is None:
        return []
    if attempt.failed:
        return [attempt.failure()]
    transient = flag(notice.data, "deployment", "transient_environment")
    removed = attempt.state == "inactive" and transient
    return [attempt.make("service.removed", "inactive")] if removed else []


class DeploymentTransformer:
    """service.deployed, upgraded or rolledback for a deployment that succeeded."""

    name = "github-deployments"

    def __init__(self, options: Options) -> None:
        self._options = options

    def state_key(self, event: CloudEvent) -> str | None:
        """The service and the environment, where a deployment succeeded in one."""
        attempt = self._success(event)
        if attempt is None:
            return None
        # JSON, because a component or an environment may hold any separator.
        host = attempt.notice.repository.host
        return json.dumps([host, attempt.service, attempt.environment])

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """One CDEvent, named by what was deployed before it, in the time of the deployments."""
        attempt = self._success(event)
        if attempt is None:
            return [], state
        deployments = Deployments(state)
        number = _number(attempt)
        done = deployments.add(
            attempt.at or attempt.notice.time, attempt.version, number, once=attempt.once
        )
        made = [] if done is None else [attempt.success(done)]
        return made, deployments.state()

    def _success(self, event: CloudEvent) -> Attempt | None:
        # Most statuses are none; to look is quicker than to read all of it.
        if word(event.get_data(), "deployment_status", "state") not in ("", "success"):
            return None
        notice = notice_of(event)
        attempt = None if notice is None else attempt_of(notice, self._options)
        return attempt if attempt is not None and attempt.state == "success" else None


def _number(attempt: Attempt) -> str:
    """What tells this deployment from others of the same service."""
    return attempt.address if attempt.once else attempt.address.rpartition("/")[2]
