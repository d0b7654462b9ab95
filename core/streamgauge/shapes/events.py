"""Of the logs, of the facts that are made of them, and of what could not be handled."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from streamgauge.shapes.metrics import AsOf


class ArchivedPayload(Struct):
    """What is known of an event whose payload is in an archive."""

    file: str
    bytes: int
    sha256: str
    source: str
    id: str


class RecordedEvent(Struct):
    """An event in one of the logs."""

    position: int
    id: str
    """A UUID made of its source and id."""
    recorded_at: str
    event: dict[str, Any] | None
    """As it was recorded; None where it is archived."""
    archived: ArchivedPayload | None = None


class EventPage(Struct):
    """A page of a log."""

    items: list[RecordedEvent]
    next: str | None
    """The address of the next page; None at the end."""


class ListPage(Struct):
    """A page of a list; each item has an `id`."""

    items: list[dict[str, Any]]
    next: str | None
    as_of: AsOf


class Lineage(Struct):
    """The events that something is made of."""

    id: str
    what: list[str]
    events: list[dict[str, Any]]
    dead_letters: list[dict[str, Any]]
    left_out: dict[str, str]
    truncated: bool


class DeadLetter(Struct):
    """An event that a transformer or a projection could not handle."""

    id: str
    tenant: str
    stage: str
    build: int
    handler: str
    handler_version: str
    position: int
    """In the log that the stage reads."""
    event_source: str
    event_id: str
    event_type: str
    reason: str
    attempts: int
    state: Literal["parked", "waiting", "queued", "blocking", "done", "skipped"]
    parked_at: str
    changed_at: str


class ShownDeadLetter(DeadLetter):
    """The same, with its event."""

    event: dict[str, Any] | None
    """As its log has it; None where the log is gone, and where it is archived."""
    archived: ArchivedPayload | None = None


class DeadLetterPage(Struct):
    """A page of dead letters."""

    items: list[DeadLetter]
    next: str | None
