"""The stateful transformer: which runs deploy, and which of them tried to.

A run that fails is a failed deployment if it had begun to apply. What tells of its end does not say
how far it came, so that has to be remembered; and the end may be told first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from streamgauge import CDEvent, CloudEvent
from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.sources import Told, artifact
from streamgauge.sources.fields import instant, stamp
from streamgauge_terraform.run import Run
from streamgauge_terraform.workspaces import Workspaces


class TerraformDeployments:
    """A pure function of the event and of what is remembered of its run."""

    name = "terraform-deployments"

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    def state_key(self, event: CloudEvent) -> str | None:
        """The run."""
        run = Run.told(event.get_data())
        return None if run is None else run.id

    def transform_with_state(
        self, event: CloudEvent, state: Mapping[str, Any] | None
    ) -> tuple[Iterable[CDEvent], Mapping[str, Any] | None]:
        """One CDEvent of a run that has been applied, or that has failed to be."""
        run, time = Run.told(event.get_data()), event.get_time()
        if run is None or time is None:
            return [], state
        told = Told(event.get_source(), time)
        if run.status == "applied":
            return [self._occurrence("service.deployed", run, told, run.at)], None
        known = {**(state or {}), **_step(run, run.at or time)}
        if "applying" in known and "errored" in known:
            failed = instant(known, "errored")
            return [self._occurrence(DEPLOYMENT_FAILED, run, told, failed)], None
        return [], known or None

    def _occurrence(self, kind: str, run: Run, told: Told, at: datetime | None) -> CDEvent:
        return told.occurrence(
            kind,
            *("terraform", run.id, "deployed" if kind == "service.deployed" else "failed"),
            at=at,
            subject=self._workspaces.service_of(run.workspace),
            content={
                "environment": {"id": self._workspaces.environment_of(run.workspace)},
                "artifactId": artifact(run.name, run.id),
            },
            **run.custom(),
            deployment=run.id,
        )


def _step(run: Run, at: datetime) -> dict[str, str]:
    """What is to be remembered; nothing of one that somebody has cancelled."""
    return {run.status: stamp(at)} if run.status in ("applying", "errored") else {}
