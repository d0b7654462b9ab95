"""The events of the subject `build`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from streamgauge.cdevents.building import More, build_event
from streamgauge.cdevents.event import CDEvent


def queued(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    **more: Unpack[More],
) -> CDEvent:
    """A build waits for its turn.

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    return build_event("build.queued", id, source, timestamp, subject_id, {}, **more)


def started(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    **more: Unpack[More],
) -> CDEvent:
    """A build runs.

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    return build_event("build.started", id, source, timestamp, subject_id, {}, **more)


def finished(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    artifact_id: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A build has ended.

    - `artifact_id`: any text

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "artifactId": artifact_id,
    }
    return build_event("build.finished", id, source, timestamp, subject_id, content, **more)
