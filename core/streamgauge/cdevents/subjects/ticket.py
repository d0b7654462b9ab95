"""The events of the subject `ticket`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Sequence
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
    uri: str,
    summary: str,
    creator: str,
    ticket_type: str | None = None,
    priority: str | None = None,
    group: str | None = None,
    assignees: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    milestone: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A ticket was opened.

    - `uri`: a URI, or a reference relative to one
    - `summary`: any text
    - `creator`: any text but an empty one
    - `ticket_type`: any text, such as bug, enhancement, incident, task, question
    - `priority`: any text, such as low, medium, high
    - `group`: any text
    - `assignees`: a list of texts
    - `labels`: a list of texts
    - `milestone`: any text

    In releases 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release does not
    allow.
    """
    content = {
        "uri": uri,
        "summary": summary,
        "creator": creator,
        "ticketType": ticket_type,
        "priority": priority,
        "group": group,
        "assignees": assignees,
        "labels": labels,
        "milestone": milestone,
    }
    return build_event("ticket.created", id, source, timestamp, subject_id, content, **more)


def updated(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    uri: str,
    summary: str | None = None,
    creator: str | None = None,
    ticket_type: str | None = None,
    priority: str | None = None,
    group: str | None = None,
    assignees: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    milestone: str | None = None,
    updated_by: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A ticket has changed.

    - `uri`: a URI, or a reference relative to one
    - `summary`: any text
    - `creator`: any text but an empty one
    - `ticket_type`: any text, such as bug, enhancement, incident, task, question
    - `priority`: any text, such as low, medium, high
    - `group`: any text
    - `assignees`: a list of texts
    - `labels`: a list of texts
    - `milestone`: any text
    - `updated_by`: any text

    In releases 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release does not
    allow.
    """
    content = {
        "uri": uri,
        "summary": summary,
        "creator": creator,
        "ticketType": ticket_type,
        "priority": priority,
        "group": group,
        "assignees": assignees,
        "labels": labels,
        "milestone": milestone,
        "updatedBy": updated_by,
    }
    return build_event("ticket.updated", id, source, timestamp, subject_id, content, **more)


def closed(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    uri: str,
    resolution: str,
    summary: str | None = None,
    creator: str | None = None,
    ticket_type: str | None = None,
    priority: str | None = None,
    group: str | None = None,
    assignees: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    milestone: str | None = None,
    updated_by: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A ticket was closed.

    - `uri`: a URI, or a reference relative to one
    - `resolution`: any text but an empty one, such as completed, withdrawn, duplicate
    - `summary`: any text
    - `creator`: any text but an empty one
    - `ticket_type`: any text, such as bug, enhancement, incident, task, question
    - `priority`: any text, such as low, medium, high
    - `group`: any text
    - `assignees`: a list of texts
    - `labels`: a list of texts
    - `milestone`: any text
    - `updated_by`: any text

    In releases 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release does not
    allow.
    """
    content = {
        "uri": uri,
        "resolution": resolution,
        "summary": summary,
        "creator": creator,
        "ticketType": ticket_type,
        "priority": priority,
        "group": group,
        "assignees": assignees,
        "labels": labels,
        "milestone": milestone,
        "updatedBy": updated_by,
    }
    return build_event("ticket.closed", id, source, timestamp, subject_id, content, **more)
