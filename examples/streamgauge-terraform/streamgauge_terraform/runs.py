"""The stateless transformer: runs to pipelinerun.*, and who waits for whom before an apply."""

from __future__ import annotations

from typing import Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources import Told
from streamgauge_terraform.run import Run
from streamgauge_terraform.workspaces import Workspaces

WAITING: Final = "dev.cdeventsx.terraform-apply.waiting.0.1.0"
"""A run waits for somebody to confirm it, or to override a policy. Its subject is the run."""
APPLYING: Final = "dev.cdeventsx.terraform-apply.started.0.1.0"
"""A run has begun to change things."""

KINDS: Final = {
    "run:created": "pipelinerun.queued",
    "run:planning": "pipelinerun.started",
    "run:needs_attention": WAITING,
    "run:applying": APPLYING,
    "run:completed": "pipelinerun.finished",
    "run:errored": "pipelinerun.finished",
}

OUTCOMES: Final = {
    "applied": "success",
    "planned_and_finished": "success",
    "planned_and_saved": "success",
    "errored": "failure",
    "policy_soft_failed": "failure",
    "canceled": "cancel",
    "force_canceled": "cancel",
    "discarded": "cancel",
}


class TerraformRuns:
    """A pure function of the event."""

    name = "terraform"

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """One CDEvent for a step that means something."""
        run = Run.told(event.get_data())
        kind = None if run is None else KINDS.get(run.trigger)
        time = event.get_time()
        if run is None or kind is None or time is None:
            return []
        told = Told(event.get_source(), time)
        return [
            told.occurrence(
                kind,
                # A run may wait more than once: for a policy, then for a confirmation.
                *("terraform", run.id, run.trigger, run.status),
                at=run.at,
                subject=run.id,
                content=self._content(kind, run),
                **run.custom(),
                status=run.status or None,
            )
        ]

    def _content(self, kind: str, run: Run) -> dict[str, str | None]:
        if kind in (WAITING, APPLYING):
            return {
                "service": self._workspaces.service_of(run.workspace),
                "environment": self._workspaces.environment_of(run.workspace),
            }
        pipeline: dict[str, str | None] = {"pipelineName": run.name, "uri": run.page}
        if kind == "pipelinerun.finished":
            pipeline["outcome"] = OUTCOMES.get(run.status)
        return pipeline
