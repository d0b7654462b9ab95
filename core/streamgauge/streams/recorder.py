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

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Cursor
from psycopg.rows import DictRow, TupleRow
from psycopg.sql import SQL, Composed, Identifier

DEFAULT_TENANT = "default"
_LOCK_CLASS = 0x5348

# A prepared statement keeps its plan. One that was made while the log was short would look through
# all of it, at every append, until the next ANALYZE.
_PLAN_BY_INDEX, _PLAN_AS_USUAL = (
    SQL("SELECT ")
    + SQL(", ").join(
        SQL("set_config({}, {}, true)").format(name, value)
        for name in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
    )
    for value in ("off", "on")
)

_PAGE_COLUMNS = SQL("notification_id, tenant, topic, state, recorded_at, uuid_send(originator_id)")

Key = tuple[str, UUID]
"""Tenant and originator id: what an event is known by."""


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


class StreamRecorder(PostgresApplicationRecorder):
    """A log in one table. `extra_columns` are names and Postgres types beyond the library's.

    Who waits for events listens on `channel`, the table's own name unless another is given.
    """

    def __init__(
        self,
        datastore: PostgresDatastore,
        *,
        events_table_name: str,
        channel: str | None = None,
        extra_columns: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        table = Identifier(datastore.schema, events_table_name)
        if channel is not None:
            self.channel_name = channel
        self._lock = SQL("SELECT pg_advisory_xact_lock({}, hashtext({}))").format(
            _LOCK_CLASS, f"{datastore.schema}.{events_table_name}"
        )
        self.lock_table_statements = [
            SQL("SET LOCAL lock_timeout = '{}s'").format(datastore.lock_timeout),
            self._lock,
        ]
        self._append = _append_statement(table, extra_columns)
        self._strict_insert = _strict_insert_statement(table)
        self._notify = SQL("NOTIFY {}").format(Identifier(self.channel_name))
        self._existing = SQL(
            "SELECT e.tenant, e.originator_id, e.notification_id, e.state FROM {} e"
            " JOIN unnest(%b::text[], %b::uuid[]) AS k(tenant, originator_id)"
            " ON e.tenant = k.tenant AND e.originator_id = k.originator_id"
            " WHERE e.originator_version = 1"
        ).format(table)
        # A page ends at `limit` events, or before the one that would bring it over `max_bytes`;
        # its first event is always in it.
        self._page = SQL(
            "SELECT {columns} FROM {table}"
            " WHERE notification_id > %(after)s AND notification_id <= ("
            "  SELECT max(notification_id) FROM ("
            "   SELECT notification_id, sum(size) OVER (ORDER BY notification_id) - size AS before"
            "   FROM (SELECT notification_id, octet_length(state) AS size FROM {table}"
            "         WHERE notification_id > %(after)s ORDER BY notification_id LIMIT %(limit)s"
            "   ) sized) page WHERE before < %(max_bytes)s)"
            " ORDER BY notification_id"
        ).format(columns=_PAGE_COLUMNS, table=table)
        self._scan = (
            SQL(
                "COPY (SELECT {columns} FROM {table}"
                " WHERE notification_id > {{after}} AND notification_id <= {{upto}}"
                " AND ({{topics}})"
                " ORDER BY notification_id) TO STDOUT (FORMAT BINARY)"
            )
            .format(columns=_PAGE_COLUMNS, table=table)
            .as_string()
        )
        self._head = _head_of(table)

    def append(self, cursor: Cursor[TupleRow], rows: Sequence[Row]) -> dict[Key, int]:
        """Append the rows that are not recorded yet, in order, and wake whoever listens.

        Returns the positions of those that were new, by what they are known by; of two in `rows`
        that are known by the same, the first is appended. The cursor's transaction holds the log's
        lock until it ends: commit soon.
        """
        first: dict[Key, Row] = {}
        for row in rows:
            first.setdefault(row[:2], row)
        if not first:
            return {}
        tenants, keys, topics, states, extras = zip(*first.values(), strict=True)
        columns = [list(tenants), list(keys), list(topics), list(states)]
        columns += [list(values) for values in zip(*extras, strict=True)]
        connection = cursor.connection
        with connection.pipeline():
            connection.execute(self._lock)
            connection.execute(self._notify)
            connection.execute(_PLAN_BY_INDEX)
            head = connection.execute(self._head)
            cursor.execute(self._append, columns)
            connection.execute(_PLAN_AS_USUAL)
        base = _number(head)
        if cursor.rowcount < len(first):
            return self._positions_after(cursor, base, list(first))
        return dict(zip(first, range(base + 1, base + 1 + len(first)), strict=True))

    def _positions_after(
        self, cursor: Cursor[TupleRow], base: int, keys: Sequence[Key]
    ) -> dict[Key, int]:
        """The positions of those of the events that this transaction has appended."""
        recorded = self.existing(cursor, keys)
        return {key: position for key, (position, _) in recorded.items() if position > base}

    def existing(
        self, cursor: Cursor[TupleRow], keys: Sequence[Key]
    ) -> dict[Key, tuple[int, bytes]]:
        """Position and state of those of the events that are recorded."""
        connection = cursor.connection
        with connection.pipeline():
            connection.execute(_PLAN_BY_INDEX)
            cursor.execute(
                self._existing, [[k[0] for k in keys], [k[1] for k in keys]], binary=True
            )
            connection.execute(_PLAN_AS_USUAL)
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
        return [RecordedRow(*row) for row in cursor.fetchall()]

    def scan(
        self, cursor: Cursor[TupleRow], *, after: int, upto: int, topics: Sequence[str]
    ) -> Iterator[RecordedRow]:
        """The events with after < position <= upto whose topic starts with one of `topics`.

        They are streamed: read all of them before the cursor is used again.
        """
        wanted = SQL(" OR ").join(SQL("starts_with(topic, {})").format(topic) for topic in topics)
        statement = SQL(self._scan).format(after=after, upto=upto, topics=wanted)
        with cursor.copy(statement) as copy:
            copy.set_types(["int8", "text", "text", "bytea", "timestamptz", "bytea"])
            yield from map(RecordedRow._make, copy.rows())

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


def _head_of(table: Identifier) -> Composed:
    return SQL("SELECT coalesce(max(notification_id), 0) AS head FROM {}").format(table)


def _number(cursor: Cursor[Any]) -> int:
    """The one number that was asked for, whatever the cursor's kind of row is."""
    row: Any = cursor.fetchone()
    return int(row["head"] if isinstance(row, dict) else row[0])


def _append_statement(table: Identifier, extra: Sequence[tuple[str, str]]) -> Composed:
    names = [Identifier(name) for name, _ in extra]
    more = SQL("").join(SQL(", {}").format(name) for name in names)
    arrays = SQL("").join(SQL(", %b::{}[]").format(SQL(kind)) for _, kind in extra)
    return SQL(
        "INSERT INTO {table}"
        " (tenant, originator_id, originator_version, topic, state{more}, notification_id)"
        " SELECT tenant, originator_id, 1, topic, state{more},"
        " ({head}) + row_number() OVER (ORDER BY n) FROM"
        " unnest(%b::text[], %b::uuid[], %b::text[], %b::bytea[]{arrays})"
        " WITH ORDINALITY AS e(tenant, originator_id, topic, state{more}, n)"
        " WHERE NOT EXISTS (SELECT FROM {table} known WHERE known.tenant = e.tenant"
        "  AND known.originator_id = e.originator_id AND known.originator_version = 1)"
        " ORDER BY n"
    ).format(table=table, head=_head_of(table), more=more, arrays=arrays)


def _strict_insert_statement(table: Identifier) -> Composed:
    return SQL(
        "INSERT INTO {table} (originator_id, originator_version, topic, state, notification_id)"
        " SELECT id, version, topic, state, ({head}) + n FROM"
        " unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[])"
        " WITH ORDINALITY AS e(id, version, topic, state, n) ORDER BY n"
        " RETURNING notification_id"
    ).format(table=table, head=_head_of(table))
