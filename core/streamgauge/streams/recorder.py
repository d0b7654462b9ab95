"""The library's Postgres application recorder, made safe to tail and idempotent to append to.

What is inherited: the table, reading, the errors, subscriptions. What is changed, and why
(docs/decisions/0003-two-logs.md has the measurements):

- Writers are put in a row by an advisory lock instead of a table lock, so that the order of
  positions is the order of commits, which is what lets a reader never skip an event, while VACUUM
  and ANALYZE do not stop appends.
- Columns travel as binary arrays instead of an array of composites.
- `append` ignores events that are recorded already and says so for each event. The library
  refuses the whole batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Cursor
from psycopg.rows import DictRow, TupleRow
from psycopg.sql import SQL, Composed, Identifier

DEFAULT_TENANT = "default"
_LOCK_CLASS = 0x5348


@dataclass(frozen=True, slots=True)
class Row:
    """One event to append. `extra` are the values of the recorder's extra columns."""

    tenant: str
    originator_id: UUID
    topic: str
    state: bytes
    extra: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """One event of the log. `position` orders the log and has gaps that never fill."""

    position: int
    tenant: str
    topic: str
    state: bytes
    recorded_at: datetime


class StreamRecorder(PostgresApplicationRecorder):
    """A log in one table. `extra_columns` are names and Postgres types beyond the library's."""

    def __init__(
        self,
        datastore: PostgresDatastore,
        *,
        events_table_name: str,
        extra_columns: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        table = Identifier(datastore.schema, events_table_name)
        self._lock = SQL("SELECT pg_advisory_xact_lock({}, hashtext({}))").format(
            _LOCK_CLASS, f"{datastore.schema}.{events_table_name}"
        )
        self.lock_table_statements = [
            SQL("SET LOCAL lock_timeout = '{}s'").format(datastore.lock_timeout),
            self._lock,
        ]
        self._append = _append_statement(table, extra_columns)
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
            "SELECT notification_id, tenant, topic, state, recorded_at FROM {table}"
            " WHERE notification_id > %(after)s AND notification_id <= ("
            "  SELECT max(notification_id) FROM ("
            "   SELECT notification_id, sum(size) OVER (ORDER BY notification_id) - size AS before"
            "   FROM (SELECT notification_id, octet_length(state) AS size FROM {table}"
            "         WHERE notification_id > %(after)s ORDER BY notification_id LIMIT %(limit)s"
            "   ) sized) page WHERE before < %(max_bytes)s)"
            " ORDER BY notification_id"
        ).format(table=table)
        self._head = SQL("SELECT coalesce(max(notification_id), 0) FROM {}").format(table)
        self._count = SQL("SELECT count(*) FROM {} WHERE notification_id > %s").format(table)

    def append(self, cursor: Cursor[TupleRow], rows: Sequence[Row]) -> dict[tuple[str, UUID], int]:
        """Append the rows that are not recorded yet, in order, and wake whoever listens.

        Returns the positions of those that were new, by tenant and originator id. The cursor's
        transaction holds the log's lock until it ends: commit soon.
        """
        if not rows:
            return {}
        columns = [
            [row.tenant for row in rows],
            [row.originator_id for row in rows],
            [row.topic for row in rows],
            [row.state for row in rows],
            *(list(values) for values in zip(*(row.extra for row in rows), strict=True)),
        ]
        connection = cursor.connection
        with connection.pipeline():
            connection.execute(self._lock)
            connection.execute(self._notify)
            cursor.execute(self._append, columns)
        return {(tenant, key): position for tenant, key, position in cursor.fetchall()}

    def existing(
        self, cursor: Cursor[TupleRow], keys: Sequence[tuple[str, UUID]]
    ) -> dict[tuple[str, UUID], tuple[int, bytes]]:
        """Position and state of those of the events that are recorded."""
        cursor.execute(self._existing, [[k[0] for k in keys], [k[1] for k in keys]], binary=True)
        return {
            (tenant, key): (position, bytes(state))
            for tenant, key, position, state in cursor.fetchall()
        }

    def page(
        self, cursor: Cursor[TupleRow], *, after: int, limit: int, max_bytes: int
    ) -> list[RecordedRow]:
        """Up to `limit` events after the position `after`, in order."""
        cursor.execute(
            self._page, {"after": after, "limit": limit, "max_bytes": max_bytes}, binary=True
        )
        return [RecordedRow(*row) for row in cursor.fetchall()]

    def head(self, cursor: Cursor[TupleRow]) -> int:
        """The position of the newest event, 0 for an empty log."""
        cursor.execute(self._head)
        row = cursor.fetchone()
        return int(row[0]) if row else 0

    def count_after(self, cursor: Cursor[TupleRow], position: int) -> int:
        """How many events come after the position; takes as long as there are many."""
        cursor.execute(self._count, (position,))
        row = cursor.fetchone()
        return int(row[0]) if row else 0

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

    @property
    def _strict_insert(self) -> Composed:
        return SQL(
            "INSERT INTO {} (originator_id, originator_version, topic, state)"
            " SELECT id, version, topic, state FROM"
            " unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[])"
            " WITH ORDINALITY AS e(id, version, topic, state, n) ORDER BY n"
            " RETURNING notification_id"
        ).format(Identifier(self.datastore.schema, self.events_table_name))


def _append_statement(table: Identifier, extra: Sequence[tuple[str, str]]) -> Composed:
    names = [Identifier(name) for name, _ in extra]
    more = SQL("").join(SQL(", {}").format(name) for name in names)
    arrays = SQL("").join(SQL(", %b::{}[]").format(SQL(kind)) for _, kind in extra)
    return SQL(
        "INSERT INTO {table} (tenant, originator_id, originator_version, topic, state{more})"
        " SELECT tenant, originator_id, 1, topic, state{more} FROM"
        " unnest(%b::text[], %b::uuid[], %b::text[], %b::bytea[]{arrays})"
        " WITH ORDINALITY AS e(tenant, originator_id, topic, state{more}, n) ORDER BY n"
        " ON CONFLICT DO NOTHING RETURNING tenant, originator_id, notification_id"
    ).format(table=table, more=more, arrays=arrays)
