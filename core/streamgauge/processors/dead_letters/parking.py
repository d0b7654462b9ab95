"""What processors do with dead letters: park them, take those to be retried, settle them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from psycopg import Cursor
from psycopg.rows import TupleRow, class_row
from psycopg.sql import SQL

from streamgauge.processors.dead_letters.letter import (
    OPEN,
    SELECT,
    DeadLetter,
    Failure,
    Status,
)

_IDENTITY = UUID("5d3c2b1a-8f4e-5a6b-9c7d-0e1f2a3b4c5d")

# Between two attempts that nobody asked for: 5 s, then as long as it has waited, up to a minute.
_DUE = (
    "changed_at < now() - least(interval '60 s', greatest(interval '5 s', changed_at - parked_at))"
)


def park(
    cursor: Cursor[TupleRow],
    processor: str,
    failures: Sequence[Failure | DeadLetter],
    *,
    state: Status = "parked",
) -> None:
    """Park the failures, in the transaction that moves the processor past them.

    The same failure parked again, by a retry or a replay, is one dead letter with one more
    attempt, if it counts.
    """
    cursor.executemany(
        "insert into dead_letters (tenant, dead_letter_id, processor, position, event_source,"
        " event_id, event_type, handler, handler_version, reason, state, attempts)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (tenant, dead_letter_id) do update set reason = excluded.reason,"
        " handler_version = excluded.handler_version,"
        " attempts = dead_letters.attempts + excluded.attempts, state = case"
        " when excluded.state = 'waiting' and dead_letters.attempts + excluded.attempts >= %s"
        " then 'parked' else excluded.state end, changed_at = now()",
        [_row(processor, failure, state) for failure in failures],
    )


def _row(processor: str, failure: Failure | DeadLetter, state: Status) -> tuple[object, ...]:
    most = failure.attempts if isinstance(failure, Failure) else 1
    return (
        failure.tenant,
        uuid5(_IDENTITY, f"{processor}\0{failure.position}\0{failure.handler}"),
        processor,
        failure.position,
        failure.event_source,
        failure.event_id,
        failure.event_type,
        failure.handler,
        failure.handler_version,
        failure.reason,
        state if most == 1 else "waiting",
        0 if most is None else 1,
        most,
    )


def queued(
    cursor: Cursor[TupleRow], processor: str, *, but: Sequence[str] = (), limit: int = 100
) -> list[DeadLetter]:
    """The processor's dead letters that are to be retried now, those first that have waited
    longest, locked; without the handlers `but`."""
    letters = cursor.connection.cursor(row_factory=class_row(DeadLetter))
    letters.execute(
        SELECT
        + SQL(
            " WHERE processor = %s AND (state = 'queued' OR state = 'waiting' AND " + _DUE + ")"
            " AND NOT handler = ANY(%s) ORDER BY changed_at, position LIMIT %s FOR UPDATE"
        ),
        (processor, list(but), limit),
    )
    return letters.fetchall()


def queued_at(
    cursor: Cursor[TupleRow], processor: str, position: int, handler: str
) -> DeadLetter | None:
    """The processor's dead letter of an event and a handler, locked, if it is to be retried."""
    letters = cursor.connection.cursor(row_factory=class_row(DeadLetter))
    letters.execute(
        SELECT
        + SQL(
            " WHERE processor = %s AND position = %s AND handler = %s"
            " AND state IN ('queued', 'waiting') FOR UPDATE"
        ),
        (processor, position, handler),
    )
    return letters.fetchone()


def skipped(cursor: Cursor[TupleRow], processor: str, *, after: int) -> set[int]:
    """The positions after `after` whose events the processor is to leave out."""
    cursor.execute(
        "select position from dead_letters"
        " where processor = %s and state = 'skipped' and position > %s",
        (processor, after),
    )
    return {row[0] for row in cursor.fetchall()}


def of_events(
    cursor: Cursor[TupleRow], tenant: str, processor: str, positions: Sequence[int]
) -> list[DeadLetter]:
    """The processor's dead letters of the events at these positions, but for those that are done,
    in the order of position and handler."""
    letters = cursor.connection.cursor(row_factory=class_row(DeadLetter))
    letters.execute(
        SELECT
        + SQL(
            " WHERE processor = %s AND position = ANY(%s) AND state <> 'done' AND tenant = %s"
            " ORDER BY position, handler"
        ),
        (processor, list(positions), tenant),
        prepare=False,
    )
    return letters.fetchall()


def parked(cursor: Cursor[TupleRow], processor: str) -> int:
    """How many of the processor's dead letters are not handled."""
    cursor.execute(
        "select count(*) from dead_letters where processor = %s and state = any(%s)",
        (processor, list(OPEN)),
    )
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def skip_as(cursor: Cursor[TupleRow], before: str, processor: str) -> None:
    """Have the processor leave out what `before`, which reads the same log, leaves out."""
    letters = cursor.connection.cursor(row_factory=class_row(DeadLetter))
    letters.execute(SELECT + SQL(" WHERE processor = %s AND state = 'skipped'"), (before,))
    park(cursor, processor, letters.fetchall(), state="skipped")


def is_queued(cursor: Cursor[TupleRow], letter: DeadLetter) -> bool:
    """Whether the dead letter still is to be retried; nobody else settles it until the end."""
    cursor.execute(
        "select state in ('queued', 'waiting') from dead_letters"
        " where tenant = %s and dead_letter_id = %s"
        " for update",
        (letter.tenant, letter.dead_letter_id),
    )
    row = cursor.fetchone()
    return row is not None and bool(row[0])


def unblock(cursor: Cursor[TupleRow], processor: str, *, after: int, upto: int) -> None:
    """Note that what stopped the processor in after < position <= upto has been handled."""
    cursor.execute(
        "update dead_letters set state = 'done', changed_at = now()"
        " where processor = %s and state = 'blocking' and position > %s and position <= %s",
        (processor, after, upto),
    )


def settle(cursor: Cursor[TupleRow], letter: DeadLetter, state: Status) -> None:
    """Note what became of a dead letter."""
    cursor.execute(
        "update dead_letters set state = %s, changed_at = now(),"
        " attempts = attempts + (%s = 'done')::int where tenant = %s and dead_letter_id = %s",
        (state, state, letter.tenant, letter.dead_letter_id),
    )
