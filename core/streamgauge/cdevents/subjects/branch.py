"""The events of the subject `branch`."""

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
    repository: str | Ref | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A branch was made in a repository.

    - `repository`: an id, or a Ref that says whose id it is

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "repository": ref(repository),
    }
    return build_event("branch.created", id, source, timestamp, subject_id, content, **more)


def deleted(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    repository: str | Ref | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A branch was removed from a repository.

    - `repository`: an id, or a Ref that says whose id it is

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "repository": ref(repository),
    }
    return build_event("branch.deleted", id, source, timestamp, subject_id, content, **more)
