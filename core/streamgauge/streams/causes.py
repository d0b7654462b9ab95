"""CDEvents with the CloudEvents that they were made of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from streamgauge.postgres.connection import SCHEMA
from streamgauge.streams.cloudevents_log import TABLE as CLOUDEVENTS

_CLOUDEVENTS = Identifier(SCHEMA, CLOUDEVENTS)


class Cause(NamedTuple):
    """A CloudEvent of the log. One that is archived has an empty state and a stub."""

    key: UUID
    position: int
    recorded_at: datetime
    state: bytes
    type: str
    stub: str | None
    """As it stands in the column `archived`."""


class Made(NamedTuple):
    """A CDEvent of the log, and what it was made of; None where the log has not got that."""

    key: UUID
    position: int
    state: bytes
    transformer: str
    cause: Cause | None


_CAUSE = SQL("originator_id, notification_id, recorded_at, state, topic, archived::text")

# None is prepared: a plan that was made while the log was short would be kept when it is long.
# OFFSET 0 keeps the planner from joining: each key and each cause is looked for by itself, by its
# index. The last to be read are the states, of which no more than `bytes` leave the server.
_MADE = """
SELECT key, position, state, transformer,
       originator_id, notification_id, recorded_at, raw, type, stub, known
FROM (
    SELECT *, count(*) OVER () AS known, sum(size) OVER (ORDER BY position) - size AS before
    FROM (
        SELECT c.*, e.originator_id, e.notification_id, e.recorded_at, e.state AS raw,
               e.topic AS type, e.archived AS stub,
               octet_length(c.state) + coalesce(octet_length(e.state), 0) AS size
        FROM (
            SELECT k.key, found.* FROM unnest(%(keys)s::uuid[]) AS k(key)
            CROSS JOIN LATERAL (
                SELECT notification_id AS position, state, transformer, cause FROM {log}
                WHERE tenant = %(tenant)s AND originator_id = k.key AND originator_version = 1
                OFFSET 0) found
            ORDER BY position LIMIT %(limit)s + 1
        ) c
        LEFT JOIN LATERAL (
            SELECT {cause} AS archived FROM {cloudevents}
            WHERE notification_id = c.cause AND tenant = %(tenant)s OFFSET 0) e ON true
    ) chosen
) sized
WHERE before < %(bytes)s ORDER BY position LIMIT %(limit)s
"""


def made(
    cursor: Cursor[TupleRow],
    log: Identifier,
    tenant: str,
    keys: Collection[UUID],
    *,
    limit: int,
    max_bytes: int,
) -> tuple[list[Made], bool]:
    """The CDEvents with these keys, and whether there are more of them than these.

    They are those that were recorded first: up to `limit`, and before the one that would bring the
    documents, those of the CloudEvents counted each time, over `max_bytes`. At least one.
    """
    cursor.execute(
        SQL(_MADE).format(log=log, cause=_CAUSE, cloudevents=_CLOUDEVENTS),
        {"keys": list(keys), "tenant": tenant, "limit": limit, "bytes": max_bytes},
        binary=True,
        prepare=False,
    )
    rows = cursor.fetchall()
    found = [
        Made(key, position, state, transformer, None if cause[0] is None else Cause(*cause))
        for key, position, state, transformer, *cause, _ in rows
    ]
    return found, bool(rows) and rows[0][-1] > len(rows)


def keys_made_of(
    cursor: Cursor[TupleRow], log: Identifier, tenant: str, position: int
) -> list[UUID]:
    """The keys of the CDEvents that were made of the CloudEvent at this position."""
    cursor.execute(
        SQL("SELECT originator_id FROM {} WHERE cause = %s AND tenant = %s").format(log),
        (position, tenant),
        prepare=False,
    )
    return [key for (key,) in cursor.fetchall()]


def has(cursor: Cursor[TupleRow], log: Identifier, tenant: str, key: UUID) -> bool:
    """Whether the log of CDEvents has an event with this key."""
    cursor.execute(
        SQL(
            "SELECT FROM {} WHERE tenant = %s AND originator_id = %s AND originator_version = 1"
        ).format(log),
        (tenant, key),
        prepare=False,
    )
    return cursor.rowcount > 0


def cloudevent(cursor: Cursor[TupleRow], tenant: str, key: UUID) -> Cause | None:
    """The CloudEvent with this key, if there is one."""
    cursor.execute(
        SQL(
            "SELECT {} FROM {} WHERE tenant = %s AND originator_id = %s AND originator_version = 1"
        ).format(_CAUSE, _CLOUDEVENTS),
        (tenant, key),
        binary=True,
        prepare=False,
    )
    row = cursor.fetchone()
    return Cause(*row) if row else None
