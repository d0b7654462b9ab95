"""The events of the subject `incident`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from streamgauge.cdevents.building import More, build_event, ref
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.shapes import Ref


def detected(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref,
    description: str | None = None,
    service: str | Ref | None = None,
    artifact_id: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A tool noticed that something is wrong in an environment.

    - `environment`: an id, or a Ref that says whose id it is
    - `description`: any text
    - `service`: an id, or a Ref that says whose id it is
    - `artifact_id`: any text but an empty one

    In releases 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the
    release does not allow.
    """
    content = {
        "environment": ref(environment),
        "description": description,
        "service": ref(service),
        "artifactId": artifact_id,
    }
    return build_event("incident.detected", id, source, timestamp, subject_id, content, **more)


def reported(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref,
    ticket_uri: str,
    description: str | None = None,
    service: str | Ref | None = None,
    artifact_id: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """Somebody wrote an incident up in a ticket.

    - `environment`: an id, or a Ref that says whose id it is
    - `ticket_uri`: a URI with its scheme
    - `description`: any text
    - `service`: an id, or a Ref that says whose id it is
    - `artifact_id`: any text but an empty one

    In releases 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the
    release does not allow.
    """
    content = {
        "environment": ref(environment),
        "ticketURI": ticket_uri,
        "description": description,
        "service": ref(service),
        "artifactId": artifact_id,
    }
    return build_event("incident.reported", id, source, timestamp, subject_id, content, **more)


def resolved(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref,
    description: str | None = None,
    service: str | Ref | None = None,
    artifact_id: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """An incident is over.

    - `environment`: an id, or a Ref that says whose id it is
    - `description`: any text
    - `service`: an id, or a Ref that says whose id it is
    - `artifact_id`: any text but an empty one

    In releases 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the
    release does not allow.
    """
    content = {
        "environment": ref(environment),
        "description": description,
        "service": ref(service),
        "artifactId": artifact_id,
    }
    return build_event("incident.resolved", id, source, timestamp, subject_id, content, **more)
