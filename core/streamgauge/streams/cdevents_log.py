"""The log of CDEvents: derived from the log of CloudEvents, and complete in itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.cdevents import CDEvent
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import identity
from streamgauge.streams.recorder import Row, StreamRecorder

TABLE = "cdevents_events"


@dataclass(frozen=True, slots=True)
class Derived:
    """A CDEvent that a transformer made: of which event, and what made it.

    It holds nothing of the event's document, which the transformer may go on to use for the next.
    """

    tenant: str
    key: UUID
    """What `identity` makes of the event's source and id."""
    type: str
    state: bytes
    """The event as JSON."""
    cause: int
    """The position of the CloudEvent."""
    transformer: str
    """Name and version: ``github 0.1.0``."""


@dataclass(frozen=True, slots=True)
class RecordedCDEvent:
    """A CDEvent of the log, as projections see it."""

    position: int
    tenant: str
    kind: str
    """The type without its version, ``service.deployed``; a custom type without its version."""
    event: CDEvent
    """In the newest form of its kind; `event.original` is what the log holds."""

    @property
    def key(self) -> UUID:
        """What identifies the event within its tenant: a UUID made of its source and id."""
        return identity(self.event.source, self.event.id)


class CDEventsLog:
    """Appends to and reads from the log of CDEvents."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.recorder = StreamRecorder(
            database.datastore,
            events_table_name=TABLE,
            extra_columns=[("cause", "bigint"), ("transformer", "text")],
        )

    def append(self, cursor: Cursor[TupleRow], derived: Sequence[Derived]) -> int:
        """Append those that are new, in the cursor's transaction, and return how many were.

        A CDEvent whose source and id the log has already adds nothing: a repeated notification of
        one occurrence counts once.
        """
        rows = [
            Row(item.tenant, item.key, item.type, item.state, (item.cause, item.transformer))
            for item in derived
        ]
        return len(self.recorder.append(cursor, rows))
