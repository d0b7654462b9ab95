"""The events of the subject `taskrun`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from streamgauge.cdevents.building import More, build_event, ref
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.shapes import Ref


def started(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    task_name: str | None = None,
    uri: str | None = None,
    pipeline_run: str | Ref | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A task of a pipeline has begun.

    - `task_name`: any text
    - `uri`: a URI with its scheme
    - `pipeline_run`: an id, or a Ref that says whose id it is

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "taskName": task_name,
        "uri": uri,
        "pipelineRun": ref(pipeline_run),
    }
    return build_event("taskrun.started", id, source, timestamp, subject_id, content, **more)


def finished(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    task_name: str | None = None,
    uri: str | None = None,
    pipeline_run: str | Ref | None = None,
    outcome: str | None = None,
    errors: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A task of a pipeline has ended, well or not.

    - `task_name`: any text
    - `uri`: a URI with its scheme
    - `pipeline_run`: an id, or a Ref that says whose id it is
    - `outcome`: any text
    - `errors`: any text

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "taskName": task_name,
        "uri": uri,
        "pipelineRun": ref(pipeline_run),
        "outcome": outcome,
        "errors": errors,
    }
    return build_event("taskrun.finished", id, source, timestamp, subject_id, content, **more)
