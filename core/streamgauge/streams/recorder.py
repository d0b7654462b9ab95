"""The library's Postgres application recorder, made safe to tail and idempotent to append to.

What is inherited: the table, reading, the errors, subscriptions. What is changed, and why
(docs/decisions/0003-two-logs.md and 0014-stages-and-builds.md):

- Writers are put in a row by an advisory lock instead of a table lock, so that the order of
  positions is the order of commits, which is what lets a reader never skip an event, while VACUUM
  and ANALYZE do not stop appends.
- Positions are numbered under that lock, so that they have no gaps.
- Columns travel as binary arrays instead of an array of composites.
- `append` ignores events that are recorded already and says so for each event. The library
  refuses the whole batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection, Cursor
from psycopg.rows import DictRow, TupleRow
from psycopg.sql import SQL, Identifier

from streamgauge.postgres.frozen import FROZEN_SECONDS, end_frozen_holder
from streamgauge.streams import statements
from streamgauge.streams.statements import written

DEFAULT_TENANT = "default"
_LONGEST_LIST = 5000
_LOCK_CLASS = 0x5348

Key = tuple[str, UUID]
"""Tenant and originator id: what an event is known by."""

Columns = tuple[list[UUID], list[str], list[bytes]]
"""Of some events the originator ids, the topics and the states."""


class Row(NamedTuple):
    """One event to append. `extra` are the values of the recorder's extra columns."""

    tenant: str
    originator_id: UUID
    topic: str
    state: bytes
    extra: tuple[Any, ...] = ()

    @property
    def key(self) -> Key:
        """What the event is known by."""
        return self.tenant, self.originator_id


class RecordedRow(NamedTuple):
    """One event of the log. `position` orders the log."""

    position: int
    tenant: str
    topic: str
    state: bytes
    recorded_at: datetime
    key_bytes: bytes
    """The originator id."""


ScannedRow = tuple[int, str, str, bytes, datetime, bytes]
"""The same, without the names: to give them to a million rows takes as long as to decode them."""


class Numbered(NamedTuple):
    """What came of an append: the position before the first that was new, and how many were."""

    head: int
    new: int


class StreamRecorder(PostgresApplicationRecorder):
    """A log in one table. `extra_columns` are names and Postgres types beyond the library's.

    Who waits for events listens on `channel`, the table's own name unless another is given. An
    append waits `patience` seconds for the log's lock; 0: for as long as it takes.
    """

    def __init__(
        self,
        datastore: PostgresDatastore,
        *,
        events_table_name: str,
        channel: str | None = None,
        extra_columns: Sequence[tuple[str, str]] = (),
        patience: float = 0.0,
    ) -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        table = Identifier(datastore.schema, events_table_name)
        if channel is not None:
            self.channel_name = channel
        self._lock_name = f"{datastore.schema}.{events_table_name}"
        lock = SQL("pg_advisory_xact_lock({}, hashtext({}))").format(_LOCK_CLASS, self._lock_name)
        self.lock_table_statements = [
            SQL("SET LOCAL lock_timeout = '{}s'").format(datastore.lock_timeout),
            SQL("SELECT {}").format(lock),
        ]
        self._begin = written(
            statements.BEGIN_SOON if patience else statements.BEGIN,
            lock=lock,
            timeout=f"{patience * 1000:.0f}ms",
            channel=self.channel_name,
            plan=statements.BY_INDEX,
        )
        self._head = written(statements.HEAD, table=table)
        head = SQL(statements.HEAD).format(table=table)
        self._append = statements.append(table, extra_columns)
        self._append_new = written(statements.APPEND_NEW, table=table, head=head)
        self._strict_insert = written(statements.STRICT_INSERT, table=table, head=head)
        self._existing = written(statements.EXISTING, table=table)
        self._page = written(statements.PAGE, columns=statements.COLUMNS, table=table)
        self._largest = written(statements.LARGEST, table=table)
        self._table = table

    def append_new(self, conn: Connection[Any], parts: Iterable[Columns], tenant: str) -> int:
        """Append events that are all new, and wake whoever listens: durable when it returns.

        Postgres is at work on a part while the next is made. Returns the position before the first
        event. Raises UniqueViolation, having appended none, where one of them is recorded already,
        or is there twice; LockNotAvailable where the log's lock cannot be had in time.
        """
        with conn.pipeline(), conn.transaction():
            conn.execute(self._begin)
            head = conn.execute(self._head)
            for columns in parts:
                conn.execute(self._append_new, (tenant, *columns))
        return _number(head)

    def append(self, cursor: Cursor[TupleRow], rows: Sequence[Row]) -> Numbered:
        """Append the rows that are not recorded yet, in order, and wake whoever listens.

        Of two in `rows` that are known by the same, the first is appended. The cursor's transaction
        holds the log's lock until it ends: commit soon. Raises LockNotAvailable as `append_new`.
        """
        first: dict[Key, Row] = {}
        for row in rows:
            first.setdefault(row[:2], row)
        if not first:
            return Numbered(0, 0)
        tenants, keys, topics, states, extras = zip(*first.values(), strict=True)
        columns = [list(tenants), list(keys), list(topics), list(states)]
        columns += [list(values) for values in zip(*extras, strict=True)]
        connection = cursor.connection
        with connection.pipeline():
            connection.execute(self._begin)
            head = connection.execute(self._head)
            cursor.execute(self._append, columns)
            connection.execute(statements.PLAN_AS_USUAL)
        return Numbered(_number(head), cursor.rowcount)

    def end_frozen_writer(self, cursor: Cursor[TupleRow]) -> bool:
        """Take the log's lock from a process that was stopped in the middle of an append, if one
        was."""
        return end_frozen_holder(cursor, _LOCK_CLASS, self._lock_name, FROZEN_SECONDS)

    def existing(
        self, cursor: Cursor[TupleRow], keys: Sequence[Key]
    ) -> dict[Key, tuple[int, bytes]]:
        """Position and state of those of the events that are recorded."""
        connection = cursor.connection
        with connection.pipeline():
            connection.execute(statements.PLAN_BY_INDEX)
            cursor.execute(
                self._existing, [[k[0] for k in keys], [k[1] for k in keys]], binary=True
            )
            connection.execute(statements.PLAN_AS_USUAL)
        return {
            (tenant, key): (position, bytes(state))
            for tenant, key, position, state in cursor.fetchall()
        }

    def page(
        self, cursor: Cursor[TupleRow], *, after: int, limit: int, max_bytes: int
    ) -> list[RecordedRow]:
        """Up to `limit` events after the position `after`, in order."""
        # Not prepared: a plan that was made while the log was short would sort all of it.
        cursor.execute(
            self._page,
            {"after": after, "limit": limit, "max_bytes": max_bytes},
            binary=True,
            prepare=False,
        )
        return list(map(RecordedRow._make, cursor.fetchall()))

    def scan(
        self,
        cursor: Cursor[TupleRow],
        *,
        after: int,
        upto: int,
        topics: Sequence[str],
        starts: Sequence[str],
        max_bytes: int,
    ) -> Iterator[list[ScannedRow]]:
        """The events with after < position <= upto whose topic is one of `topics`, or starts with
        one of `starts`. The former are looked up, the latter tried one after the other.

        They come in lists of as many as can be no larger than `max_bytes`, however the sizes of
        the events are spread; at least one.
        """
        tried = (SQL("starts_with(topic, {})").format(start) for start in starts)
        wanted = SQL(" OR ").join([SQL("topic = ANY({}::text[])").format(list(topics)), *tried])
        statement = written(
            statements.SCAN, columns=statements.COLUMNS, table=self._table, topics=wanted
        )
        largest = _number(cursor.execute(self._largest, (after, upto)))
        size = min(_LONGEST_LIST, max_bytes // largest or 1) if largest else upto - after
        for first in range(after, upto, size):
            span = {"after": first, "upto": min(first + size, upto)}
            # Not COPY: of rows in lists psycopg makes tuples in half the time.
            cursor.execute(statement, span, binary=True)
            yield cast("list[ScannedRow]", cursor.fetchall())

    def head(self, cursor: Cursor[TupleRow]) -> int:
        """The position of the newest event, 0 for an empty log."""
        return _number(cursor.execute(self._head))

    def _insert_stored_events(
        self, curs: Cursor[DictRow], stored_events: Sequence[StoredEvent], **_: Any
    ) -> None:
        """The library's own way in: the same lock, and a conflict is an IntegrityError."""
        self._lock_table(curs)
        self._notify_channel(curs)
        curs.execute(
            self._strict_insert,
            [
                [event.originator_id for event in stored_events],
                [event.originator_version for event in stored_events],
                [event.topic for event in stored_events],
                [event.state for event in stored_events],
            ],
        )


def _number(cursor: Cursor[Any]) -> int:
    """The one number that was asked for, whatever the cursor's kind of row is."""
    row: Any = cursor.fetchone()
    return int(row["head"] if isinstance(row, dict) else row[0])
