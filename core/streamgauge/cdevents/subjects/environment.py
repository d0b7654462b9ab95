"""The events of the subject `environment`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from streamgauge.cdevents.building import More, build_event
from streamgauge.cdevents.event import CDEvent


def created(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    name: str | None = None,
    uri: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """An environment is there that was not there before.

    - `name`: any text
    - `uri`: a URI with its scheme

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "name": name,
        "uri": uri,
    }
    return build_event("environment.created", id, source, timestamp, subject_id, content, **more)


def modified(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    name: str | None = None,
    uri: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """An environment has changed.

    - `name`: any text
    - `uri`: a URI with its scheme

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "name": name,
        "uri": uri,
    }
    return build_event("environment.modified", id, source, timestamp, subject_id, content, **more)


def deleted(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    name: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """An environment is gone.

    - `name`: any text

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "name": name,
    }
    return build_event("environment.deleted", id, source, timestamp, subject_id, content, **more)
