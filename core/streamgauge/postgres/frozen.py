"""What a process holds that says nothing any more is taken from it."""

from __future__ import annotations

from psycopg import Connection, Cursor

FROZEN_SECONDS = 30.0
"""After how long without a sign of life a holder counts as frozen."""

_END = """
WITH frozen AS (
    SELECT pid, application_name FROM pg_stat_activity WHERE pid IN (
        SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid = %(class)s AND objid::bigint = (hashtext(%(name)s)::bigint & 4294967295))
    AND state_change < clock_timestamp() - make_interval(secs => %(seconds)s)
    AND (state <> 'active' OR wait_event = 'ClientRead') AND usename = current_user)
SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a, frozen f
WHERE a.pid = f.pid OR (a.application_name = f.application_name
    AND f.application_name ~ '^streamgauge .*:[0-9]+$' -- ours, which ends with the process's number
    AND a.datname = current_database() AND a.usename = current_user
    AND a.xact_start IS NOT NULL AND a.wait_event = 'ClientRead'
    AND a.state_change < clock_timestamp() - make_interval(secs => %(seconds)s / 10))
"""


def end_frozen_holder(
    connection: Connection[tuple[object, ...]] | Cursor[tuple[object, ...]],
    lock_class: int,
    name: str,
    seconds: float,
) -> bool:
    """Close the connection of whoever holds this advisory lock and is frozen, and what else its
    process has open; whether there was one.

    A machine that is gone is noticed by the keepalives; a process that is stopped or hangs answers
    those. It may live and be at long work: then it loses the lock, and nothing else. But a
    transaction that waits for the process holds what it has locked, and one that waits in the
    middle of a pipeline or a COPY does so for ever: to Postgres it is at work, not idle.
    """
    ended = connection.execute(_END, {"class": lock_class, "name": name, "seconds": seconds})
    return ended.fetchone() is not None
