"""The stateless transformer: workflows to pipelinerun.*, jobs to taskrun.*

CircleCI only says that something has ended, and tells then when it began.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources.fields import ident, instant, path, text, whole, word
from streamgauge_circleci.notice import Notice, notice_of, workflow_page

OUTCOMES = {
    "success": "success",
    "failed": "failure",
    "error": "error",
    "canceled": "cancel",
    "unauthorized": "error",
    "infrastructure_fail": "error",
    "timedout": "error",
}
"""CircleCI's status as CDEvents' outcome; what was not run has none."""


class CircleCITransformer:
    """CircleCI's webhooks to CDEvents."""

    name = "circleci"

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """The start and the end of the workflow or the job."""
        notice = notice_of(event)
        if notice is None:
            return []
        return _job(notice) if event.get_type().endswith("job-completed") else _workflow(notice)


def _workflow(notice: Notice) -> list[CDEvent]:
    workflow = path(notice.data, "workflow")
    identity = ident(workflow, "id")
    if identity is None:
        return []
    content = {
        "pipelineName": f"{notice.project}/{text(workflow, 'name') or identity}".strip("/"),
        "uri": workflow_page(notice.data, identity),
    }
    return _begun_and_ended(
        notice,
        "pipelinerun",
        identity,
        content,
        OUTCOMES.get(word(workflow, "status")),
        # Its first job may have waited since.
        began=instant(workflow, "created_at"),
        began_inferred=True,
        ended=instant(workflow, "stopped_at") or instant(notice.data, "happened_at"),
        status=text(workflow, "status"),
    )


def _job(notice: Notice) -> list[CDEvent]:
    job = path(notice.data, "job")
    identity = ident(job, "id")
    if identity is None:
        return []
    workflow = ident(notice.data, "workflow", "id")
    parent = None if workflow is None else {"id": workflow, "source": notice.told.source}
    return _begun_and_ended(
        notice,
        "taskrun",
        identity,
        {"taskName": text(job, "name"), "pipelineRun": parent},
        OUTCOMES.get(word(job, "status")),
        began=instant(job, "started_at"),
        ended=instant(job, "stopped_at") or instant(notice.data, "happened_at"),
        status=text(job, "status"),
        number=whole(job, "number"),
    )


def _begun_and_ended(
    notice: Notice,
    kind: str,
    identity: str,
    content: dict[str, Any],
    outcome: str | None,
    *,
    began: datetime | None,
    ended: datetime | None,
    began_inferred: bool = False,
    **custom: Any,
) -> list[CDEvent]:
    """A job that never ran has no start."""
    about = notice.custom()
    events = []
    if began is not None:
        events.append(
            notice.told.occurrence(
                f"{kind}.started",
                *("circleci", identity, "started"),
                at=began,
                subject=identity,
                content=content,
                **about,
                timestampInferred=began_inferred or None,
            )
        )
    events.append(
        notice.told.occurrence(
            f"{kind}.finished",
            *("circleci", identity, "finished"),
            at=ended,
            subject=identity,
            content={**content, "outcome": outcome},
            **about,
            **custom,
        )
    )
    return events
