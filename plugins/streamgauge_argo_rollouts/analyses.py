"""Analyses: a suite of tests that runs while a new version serves a part of the traffic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources.fields import instant, items, mapping, stamp, text
from streamgauge_argo_rollouts.announce import ENVIRONMENT
from streamgauge_argo_rollouts.notices import Notice, notice_of
from streamgauge_argo_rollouts.options import Options

_OUTCOMES: Final = {"Failed": "failure", "Error": "error"}
_RUNS: Final = (
    ("canary", "currentStepAnalysisRunStatus"),
    ("canary", "currentBackgroundAnalysisRunStatus"),
    ("blueGreen", "prePromotionAnalysisRunStatus"),
    ("blueGreen", "postPromotionAnalysisRunStatus"),
)


class AnalysisTransformer:
    """testsuiterun.finished for the analyses that a notification says have failed."""

    name = "argo-rollouts-analyses"

    def __init__(self, options: Options) -> None:
        self._options = options

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """One event for each analysis that has not come out well."""
        notice = notice_of(event, self._options)
        if notice is None:
            return []
        return [self._finished(notice, run) for run in _failed_runs(notice)]

    def _finished(self, notice: Notice, run: dict[str, Any]) -> CDEvent:
        rollout = notice.rollout
        subject = f"/{rollout.namespace}/{text(run, 'metadata', 'name')}"
        environment = rollout.own_note(ENVIRONMENT) or self._options.environment_of(
            notice.cluster, rollout.namespace
        )
        return notice.told.occurrence(
            "testsuiterun.finished",
            *(notice.told.source, text(run, "metadata", "uid") or subject, "finished"),
            at=instant(run, "status", "completedAt") or notice.at,
            subject=subject,
            content={
                "environment": {"id": environment},
                "outcome": _OUTCOMES[str(text(run, "status", "phase"))],
                "reason": text(run, "status", "message"),
                "testSuite": {"id": f"/{rollout.namespace}/{rollout.name}", "name": "analysis"},
            },
            startedAt=stamp(instant(run, "status", "startedAt")) or None,
            namespace=rollout.namespace,
            workload=rollout.name,
            revision=rollout.revision,
        )


def _failed_runs(notice: Notice) -> Iterator[dict[str, Any]]:
    """The runs of this revision; older controllers only have their names and statuses of before."""
    listed = [mapping(each) for each in items(notice.data, "analysisRuns")]
    failed = [run for run in listed if text(run, "status", "phase") in _OUTCOMES and _is_named(run)]
    if failed or listed:
        yield from failed
        return
    phase = "Error" if notice.type.endswith("error") else "Failed"
    for keys in _RUNS:
        run = mapping(notice.rollout.status, *keys)
        if (name := text(run, "name")) is not None and text(run, "status") != "Successful":
            status = {"phase": phase, "message": text(run, "message")}
            yield {"metadata": {"name": name}, "status": status}


def _is_named(run: dict[str, Any]) -> bool:
    return text(run, "metadata", "name") is not None
