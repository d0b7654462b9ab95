"""The events of the subject `pipelinerun`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from streamgauge.cdevents.building import More, build_event
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.shapes import Outcome


def queued(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    pipeline_name: str | None = None,
    uri: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A run of a pipeline waits for its turn.

    - `pipeline_name`: any text
    - `uri`: a URI with its scheme

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "pipelineName": pipeline_name,
        "uri": uri,
    }
    return build_event("pipelinerun.queued", id, source, timestamp, subject_id, content, **more)


def started(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    pipeline_name: str,
    uri: str,
    **more: Unpack[More],
) -> CDEvent:
    """A run of a pipeline has begun.

    - `pipeline_name`: any text
    - `uri`: a URI with its scheme

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "pipelineName": pipeline_name,
        "uri": uri,
    }
    return build_event("pipelinerun.started", id, source, timestamp, subject_id, content, **more)


def finished(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    pipeline_name: str | None = None,
    uri: str | None = None,
    outcome: Outcome | None = None,
    errors: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A run of a pipeline has ended, well or not.

    - `pipeline_name`: any text
    - `uri`: a URI with its scheme
    - `outcome`: one of success, failure, cancel, error
    - `errors`: any text

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "pipelineName": pipeline_name,
        "uri": uri,
        "outcome": outcome,
        "errors": errors,
    }
    return build_event("pipelinerun.finished", id, source, timestamp, subject_id, content, **more)
