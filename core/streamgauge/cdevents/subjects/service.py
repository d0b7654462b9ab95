"""The events of the subject `service`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from streamgauge.cdevents.building import More, build_event, ref
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.shapes import Ref


def deployed(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref,
    artifact_id: str,
    **more: Unpack[More],
) -> CDEvent:
    """A service runs in an environment in which it did not run before.

    - `environment`: an id, or a Ref that says whose id it is
    - `artifact_id`: any text but an empty one

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "environment": ref(environment),
        "artifactId": artifact_id,
    }
    return build_event("service.deployed", id, source, timestamp, subject_id, content, **more)


def upgraded(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref,
    artifact_id: str,
    **more: Unpack[More],
) -> CDEvent:
    """A service runs in a newer version than before.

    - `environment`: an id, or a Ref that says whose id it is
    - `artifact_id`: any text but an empty one

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "environment": ref(environment),
        "artifactId": artifact_id,
    }
    return build_event("service.upgraded", id, source, timestamp, subject_id, content, **more)


def rolledback(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref,
    artifact_id: str,
    **more: Unpack[More],
) -> CDEvent:
    """A service was taken back to an earlier version.

    - `environment`: an id, or a Ref that says whose id it is
    - `artifact_id`: any text but an empty one

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "environment": ref(environment),
        "artifactId": artifact_id,
    }
    return build_event("service.rolledback", id, source, timestamp, subject_id, content, **more)


def published(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A service can be reached by its users.

    - `environment`: an id, or a Ref that says whose id it is

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "environment": ref(environment),
    }
    return build_event("service.published", id, source, timestamp, subject_id, content, **more)


def removed(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A service no longer runs in an environment.

    - `environment`: an id, or a Ref that says whose id it is

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "environment": ref(environment),
    }
    return build_event("service.removed", id, source, timestamp, subject_id, content, **more)
