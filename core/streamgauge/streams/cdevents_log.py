"""The log of CDEvents: derived from the log of CloudEvents, and complete in itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from streamgauge import json_codec
from streamgauge.cdevents import CDEvent, upgrade
from streamgauge.postgres.connection import SCHEMA
from streamgauge.postgres.database import Database
from streamgauge.streams.recorder import Row, StreamRecorder

TABLE = "cdevents_events"
"""The view of the build that is current, and the channel on which each build says what is new."""


class Derived(NamedTuple):
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
    recorded_at: datetime
    """When the CloudEvent was accepted; the same however often it is derived again."""
    transformer: str
    """Name and version: ``github 0.1.0``."""


class RecordedCDEvent(NamedTuple):
    """A CDEvent of the log, as projections see it."""

    position: int
    tenant: str
    kind: str
    """The type without its version, ``service.deployed``; a custom type without its version."""
    state: bytes
    """What the log holds: the CDEvent as JSON."""
    key_bytes: bytes

    @property
    def event(self) -> CDEvent:
        """The event in the newest form of its kind; `event.original` is what the log holds.

        It is decoded at each access, so take it once. To hold a page of decoded events, which is
        more than a processor's caches do, would cost three times as much as to decode them.
        """
        return upgrade(CDEvent(json_codec.decode(self.state)))

    @property
    def key(self) -> UUID:
        """What identifies the event within its tenant: a UUID made of its source and id."""
        return UUID(bytes=self.key_bytes)


class CDEventsLogs(dict[int, "CDEventsLog"]):
    """The builds of the log by their numbers, each made once."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    def __missing__(self, build: int) -> CDEventsLog:
        self[build] = CDEventsLog(self._database, build)
        return self[build]


class CDEventsLog:
    """Appends to and reads from one build of the log of CDEvents."""

    def __init__(self, database: Database, build: int) -> None:
        self.database = database
        self.table = Identifier(SCHEMA, f"{TABLE}__{build}")
        self.recorder = StreamRecorder(
            database.datastore,
            events_table_name=f"{TABLE}__{build}",
            channel=TABLE,
            extra_columns=[
                ("cause", "bigint"),
                ("recorded_at", "timestamptz"),
                ("transformer", "text"),
            ],
        )

    def append(self, cursor: Cursor[TupleRow], derived: Sequence[Derived]) -> int:
        """Append those that are new, in the cursor's transaction, and return how many were.

        A CDEvent whose source and id the log has already adds nothing: a repeated notification of
        one occurrence counts once.
        """
        rows = [Row(item.tenant, item.key, item.type, item.state, item[4:]) for item in derived]
        return self.recorder.append(cursor, rows).new

    def create(self, cursor: Cursor[TupleRow], *, like: CDEventsLog) -> None:
        """Make the table in the shape of another build's."""
        cursor.execute(
            SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(self.table, like.table)
        )

    def publish(self, cursor: Cursor[TupleRow]) -> None:
        """Have the public views show this build."""
        view = Identifier(SCHEMA, TABLE)
        cursor.execute(
            SQL("CREATE OR REPLACE VIEW {} AS SELECT * FROM {}").format(view, self.table)
        )

    def drop(self, cursor: Cursor[TupleRow]) -> None:
        """Drop the table."""
        cursor.execute(SQL("DROP TABLE IF EXISTS {}").format(self.table))
