"""The events of the subject `change`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from streamgauge.cdevents.building import More, build_event, ref
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.shapes import Ref


def created(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    description: str | None = None,
    repository: str | Ref | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A change to the source was proposed, such as a pull request.

    - `description`: any text but an empty one
    - `repository`: an id, or a Ref that says whose id it is

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1 (`description` since 0.4.1). Raises
    InvalidCDEvent, with the place, for what the release does not allow.
    """
    content = {
        "description": description,
        "repository": ref(repository),
    }
    return build_event("change.created", id, source, timestamp, subject_id, content, **more)


def updated(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    repository: str | Ref | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A proposed change got another content or another description.

    - `repository`: an id, or a Ref that says whose id it is

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "repository": ref(repository),
    }
    return build_event("change.updated", id, source, timestamp, subject_id, content, **more)


def reviewed(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    repository: str | Ref | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """Somebody reviewed a proposed change.

    - `repository`: an id, or a Ref that says whose id it is

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "repository": ref(repository),
    }
    return build_event("change.reviewed", id, source, timestamp, subject_id, content, **more)


def merged(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    repository: str | Ref | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A proposed change went into the branch that it was for.

    - `repository`: an id, or a Ref that says whose id it is

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "repository": ref(repository),
    }
    return build_event("change.merged", id, source, timestamp, subject_id, content, **more)


def abandoned(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    repository: str | Ref | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A proposed change was given up.

    - `repository`: an id, or a Ref that says whose id it is

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "repository": ref(repository),
    }
    return build_event("change.abandoned", id, source, timestamp, subject_id, content, **more)
