"""What people do with dead letters: find them, have them retried, give up on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow, class_row
from psycopg.sql import SQL

from streamgauge.errors import UnknownName
from streamgauge.json_codec import Raw
from streamgauge.processors.dead_letters.letter import (
    CHANNEL,
    OPEN,
    SELECT,
    AlreadyHandled,
    DeadLetter,
    Status,
)
from streamgauge.stages import builds
from streamgauge.streams import cdevents_log, cloudevents_log
from streamgauge.streams.browse import event_at, stubs_at


def listed(
    cursor: Cursor[TupleRow], *, states: Sequence[Status] = OPEN, limit: int = 100
) -> list[DeadLetter]:
    """Dead letters in these states, the newest first."""
    letters = cursor.connection.cursor(row_factory=class_row(DeadLetter))
    letters.execute(
        SELECT + SQL(" WHERE state = ANY(%s) ORDER BY changed_at DESC, dead_letter_id LIMIT %s"),
        (list(states), limit),
    )
    return letters.fetchall()


def find(cursor: Cursor[TupleRow], prefix: str) -> DeadLetter:
    """The one dead letter whose id starts with `prefix`. Raises UnknownName."""
    letters = cursor.connection.cursor(row_factory=class_row(DeadLetter))
    letters.execute(
        SELECT
        + SQL(" WHERE starts_with(dead_letter_id::text, %s) ORDER BY changed_at DESC LIMIT 2"),
        (prefix.lower(),),
    )
    found = letters.fetchall()
    if len(found) != 1 or not prefix:
        raise UnknownName("dead letter", prefix, [str(letter.dead_letter_id) for letter in found])
    return found[0]


def with_event(cursor: Cursor[TupleRow], letter: DeadLetter) -> dict[str, Any]:
    """The dead letter, ready to be written as JSON, with its `event` as the log has it.

    That is None where the log is gone, and where the event is archived: `archived` says where.
    """
    log = _log_of(cursor, letter)
    state = None if log is None else event_at(cursor, log, letter.position)
    stub = None if log is None else stubs_at(cursor, log, [letter.position]).get(letter.position)
    shown = {**letter.as_json(), "event": None if state is None else Raw(state)}
    return shown if stub is None else {**shown, "archived": stub.as_json()}


def _log_of(cursor: Cursor[TupleRow], letter: DeadLetter) -> str | None:
    """The table of the log that the dead letter's position is in."""
    build = builds.numbered(cursor, letter.stage, letter.build)
    if build is None:
        return None
    if build.source is None:
        return cloudevents_log.TABLE
    return f"{cdevents_log.TABLE}__{build.source_build}"


def check_open(letters: Sequence[DeadLetter]) -> None:
    """Raise AlreadyHandled where one of them is done."""
    for letter in letters:
        if letter.state == "done":
            raise AlreadyHandled(letter)


def skip(cursor: Cursor[TupleRow], letters: Sequence[DeadLetter]) -> None:
    """Give up on the dead letters, but for those that are done."""
    _settle_if(cursor, letters, "skipped", OPEN)


def _settle_if(
    cursor: Cursor[TupleRow], letters: Sequence[DeadLetter], state: Status, was: Sequence[Status]
) -> None:
    """Give them the state, those that are now in one of `was`: they may have been handled since."""
    for letter in letters:
        cursor.execute(
            "update dead_letters set state = %s, changed_at = now()"
            " where tenant = %s and dead_letter_id = %s and state = any(%s)",
            (state, letter.tenant, letter.dead_letter_id, list(was)),
        )


def request_retry(cursor: Cursor[TupleRow], letters: Sequence[DeadLetter]) -> None:
    """Ask the processors to take the dead letters again; the one who holds the lease does it.

    One that blocks its stage is at the head of the queue already, and is only tried sooner; one
    that is done has been handled, and is left alone.
    """
    _settle_if(cursor, letters, "queued", ("parked", "waiting", "skipped"))
    cursor.execute(f"notify {CHANNEL}")
