"""Runs: pipelinerun.* and taskrun.*"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from streamgauge import CDEvent
from streamgauge.sources.fields import instant, text
from streamgauge_tekton.origin import Origin
from streamgauge_tekton.run import Run

_DONE = {
    "queued": "queued",
    # Tekton says both of most runs; the second where it has seen the first go by.
    "started": "started",
    "running": "started",
    "successful": "finished",
    "failed": "finished",
}
_CANCELLED = ("cancel", "stopped")
_TIMEOUT = ("timeout", "timedout")


def run_events(run: Run, origin: Origin) -> list[CDEvent]:
    """The CDEvent of a run; a task that waits is nothing yet."""
    done = _DONE.get(run.done)
    of_pipeline = run.kind == "pipelinerun"
    if done is None or (done == "queued" and not of_pipeline):
        return []
    at = _time(run, done)
    content = _pipeline(run) if of_pipeline else _task(run)
    if done == "finished":
        content |= {"outcome": outcome_of(run), "errors": _errors(run)}
    return [
        run.told.occurrence(
            f"{'pipelinerun' if of_pipeline else 'taskrun'}.{done}",
            *("tekton", run.uid, done),
            at=at,
            subject=run.uid,
            content=content,
            **custom_of(run, origin),
            reason=text(run.condition, "reason"),
        )
    ]


def custom_of(run: Run, origin: Origin) -> dict[str, Any]:
    """What customData says of every run."""
    return {
        "repository": None if origin.repository is None else origin.repository.address,
        "commit": origin.commit,
        "url": run.page,
        "cluster": run.cluster,
        "namespace": run.namespace,
        "run": run.name,
    }


def outcome_of(run: Run) -> str:
    """How a run ended, in CDEvents' words."""
    if run.done == "successful":
        return "success"
    reason = (text(run.condition, "reason") or "").casefold()
    if any(word in reason for word in _CANCELLED):
        return "cancel"
    return "error" if any(word in reason for word in _TIMEOUT) else "failure"


def _time(run: Run, done: str) -> datetime | None:
    created = instant(run.data, "metadata", "creationTimestamp")
    if done == "queued":
        return created
    # A custom run has started before its controller has seen it.
    return run.started_at or created if done == "started" else run.ended_at


def _pipeline(run: Run) -> dict[str, Any]:
    # CDEvents asks for a URI, and without a dashboard there is no page.
    address = f"urn:uuid:{quote(run.uid, safe='')}"
    return {"pipelineName": run.definition, "uri": run.page or address}


def _task(run: Run) -> dict[str, Any]:
    pipeline = run.pipeline_run
    return {
        "taskName": text(run.labels, "tekton.dev/pipelineTask") or run.definition,
        "uri": run.page,
        "pipelineRun": None if pipeline is None else {"id": pipeline, "source": run.told.source},
    }


def _errors(run: Run) -> str | None:
    return text(run.condition, "message") if run.done == "failed" else None
