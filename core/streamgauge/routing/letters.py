"""Which of the router's dead letters are retried, and what is to be done for them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import ArchiveError
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import DeadLetter
from streamgauge.routing.budget import PAGE_SECONDS
from streamgauge.routing.handlers import Task
from streamgauge.routing.transform import Transformation
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.recorder import RecordedRow

PAGE_BYTES = 16 * 1024 * 1024
"""So much of the log is read at once."""


def due(
    cursor: Cursor[TupleRow], reader: str, transformation: Transformation
) -> Sequence[DeadLetter]:
    """Those whose functions have answered meanwhile, else those whose time has come."""
    letters: list[DeadLetter] = []
    for handler, position in transformation.trials.answered():
        found = dead_letters.queued_at(cursor, reader, position, handler)
        if found is None:
            transformation.trials.forget(handler)
        else:
            letters.append(found)
    if letters:
        return letters
    return transformation.worth_trying(
        dead_letters.queued(cursor, reader, but=transformation.away())
    )


def read(
    cursor: Cursor[TupleRow],
    log: CloudEventsLog,
    letters: Sequence[DeadLetter],
    transformation: Transformation,
) -> tuple[list[DeadLetter], list[Task]]:
    """The letters that are retried now, without those that would be too much at once and those
    that are tried beside it; and their tasks."""
    retried: list[DeadLetter] = []
    tasks: list[Task] = []
    size, over = 0, time.monotonic() + PAGE_SECONDS
    for letter in letters:
        rows = _event(cursor, log, letter)
        if rows is None:
            continue
        size += sum(len(row.state) for row in rows)
        if retried and (size > PAGE_BYTES or time.monotonic() > over):
            break
        found = transformation.tasks(rows, only=letter.handler)
        if not any(transformation.tries_beside(task) for task in found):
            retried.append(letter)
            tasks += found
    return retried, tasks


def _event(
    cursor: Cursor[TupleRow], log: CloudEventsLog, letter: DeadLetter
) -> list[RecordedRow] | None:
    """The event; None where its payload is away: then the letter waits for somebody, who is told
    so, and holds up no other."""
    try:
        return log.page(cursor, after=letter.position - 1, limit=1, max_bytes=1)
    except ArchiveError as error:
        dead_letters.park(cursor, letter.processor, [replace(letter, reason=str(error))])
        return None
