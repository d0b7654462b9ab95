"""The SQL of a log, written out once for each table: psycopg would do it at each execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

from psycopg.sql import SQL, Composable, Identifier


def written(text: LiteralString, **parts: Composable | int | str) -> bytes:
    """The statement with its parts in place."""
    return SQL(text).format(**parts).as_bytes()


COLUMNS = SQL("notification_id, tenant, topic, state, recorded_at, uuid_send(originator_id)")
"""What a RecordedRow is made of."""

HEAD = "SELECT coalesce(max(notification_id), 0) AS head FROM {table}"

# OFFSET 0 keeps the planner from joining: each key is looked for by itself, by the index, whatever
# it believes the length of the log to be.
EXISTING = """
SELECT k.tenant, k.originator_id, e.notification_id, e.state
FROM unnest(%b::text[], %b::uuid[]) AS k(tenant, originator_id)
CROSS JOIN LATERAL (
    SELECT notification_id, state FROM {table} known WHERE known.tenant = k.tenant
    AND known.originator_id = k.originator_id AND known.originator_version = 1 OFFSET 0) e
"""

# A page ends at `limit` events, or before the one that would bring it over `max_bytes`; its first
# event is always in it.
PAGE = """
SELECT {columns} FROM {table}
WHERE notification_id > %(after)s AND notification_id <= (
    SELECT max(notification_id) FROM (
        SELECT notification_id, sum(size) OVER (ORDER BY notification_id) - size AS before
        FROM (SELECT notification_id, octet_length(state) AS size FROM {table}
              WHERE notification_id > %(after)s ORDER BY notification_id LIMIT %(limit)s) sized
    ) page WHERE before < %(max_bytes)s)
ORDER BY notification_id
"""

SCAN = """
SELECT {columns} FROM {table}
WHERE notification_id > %(after)s AND notification_id <= %(upto)s AND ({topics})
ORDER BY notification_id
"""

LARGEST = """
SELECT coalesce(max(octet_length(state)), 0) AS head FROM {table}
WHERE notification_id > %s AND notification_id <= %s
"""

# All of them are new: where one is not, Postgres refuses the statement. Theirs is an order without
# being sorted: `n` numbers them, whatever the order in which they are put in.
APPEND_NEW = """
INSERT INTO {table} (tenant, originator_id, originator_version, topic, state, notification_id)
SELECT %b, id, 1, topic, state, ({head}) + n
FROM unnest(%b::uuid[], %b::text[], %b::bytea[]) WITH ORDINALITY AS e(id, topic, state, n)
"""

_APPEND = """
INSERT INTO {table} (tenant, originator_id, originator_version, topic, state{more}, notification_id)
SELECT tenant, originator_id, 1, topic, state{more}, ({head}) + row_number() OVER (ORDER BY n)
FROM unnest(%b::text[], %b::uuid[], %b::text[], %b::bytea[]{arrays}) WITH ORDINALITY
    AS e(tenant, originator_id, topic, state{more}, n)
WHERE NOT EXISTS (
    SELECT FROM {table} known WHERE known.tenant = e.tenant
    AND known.originator_id = e.originator_id AND known.originator_version = 1 OFFSET 0)
ORDER BY n
"""

# The library's own insert, numbered as ours are.
STRICT_INSERT = """
INSERT INTO {table} (originator_id, originator_version, topic, state, notification_id)
SELECT id, version, topic, state, ({head}) + n
FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[]) WITH ORDINALITY
    AS e(id, version, topic, state, n)
ORDER BY n
RETURNING notification_id
"""

# A prepared statement keeps its plan. One that was made while the log was short would look through
# all of it, at every append, until the next ANALYZE.
BY_INDEX, _AS_USUAL = (
    SQL(
        "set_config('enable_seqscan', {v}, true), set_config('enable_bitmapscan', {v}, true)"
    ).format(v=value)
    for value in ("off", "on")
)
PLAN_BY_INDEX = written("SELECT {plan}", plan=BY_INDEX)
PLAN_AS_USUAL = written("SELECT {plan}", plan=_AS_USUAL)

# Take the log's lock, and have those woken who listen when this commits. One statement, since each
# is some microseconds: an append of one event is a handful.
BEGIN = "SELECT {lock}, pg_notify({channel}, ''), {plan}"
# The target list is evaluated from left to right: for the lock alone one waits no longer than that.
BEGIN_SOON = (
    "SELECT set_config('lock_timeout', {timeout}, true), {lock},"
    " set_config('lock_timeout', '0', true), pg_notify({channel}, ''), {plan}"
)


def append(table: Identifier, extra: Sequence[tuple[str, str]]) -> bytes:
    """Appends what is not there yet, numbered from the head on; `extra` as the recorder's."""
    return written(
        _APPEND,
        table=table,
        head=SQL(HEAD).format(table=table),
        more=SQL("").join(SQL(", {}").format(Identifier(name)) for name, _ in extra),
        arrays=SQL("").join(SQL(", %b::{}[]").format(SQL(kind)) for _, kind in extra),
    )
