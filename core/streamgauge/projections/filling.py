"""Fills a build of facts from the whole log: by ranges, by any number of processes at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from psycopg import Cursor
from psycopg.errors import DeadlockDetected
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge.errors import DatabaseUnavailable
from streamgauge.prefetch import prefetched
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import Stopped
from streamgauge.projections import folding
from streamgauge.stages.builds import Build
from streamgauge.streams.cdevents_log import RecordedCDEvent

if TYPE_CHECKING:
    from streamgauge.projections.facts import Facts

RANGE = 50_000
"""Events in a range: what kill -9 has done again."""
_BATCH_BYTES = 32 * 1024 * 1024


class Range(NamedTuple):
    """The events with first < position <= last."""

    first: int
    last: int


def plan(cursor: Cursor[TupleRow], facts: Facts, build: Build) -> None:
    """Cut the log into ranges that are to be folded into the new build.

    Its position is then the end of the last one, where the folding by pages begins when no range
    is left.
    """
    head = facts.head(cursor, build)
    cursor.execute(
        "insert into build_ranges (stage, build, first, last)"
        " select %s, %s, first, least(first + %s, %s) from generate_series(0, %s - 1, %s) as first",
        (build.stage, build.number, RANGE, head, head, RANGE),
    )
    facts.positions.jump(cursor, build.reader, upto=head)


def left(cursor: Cursor[TupleRow], build: Build) -> int:
    """How many events are in ranges that nobody has folded yet."""
    cursor.execute(
        "select coalesce(sum(last - first), 0)::bigint from build_ranges"
        " where stage = %s and build = %s",
        (build.stage, build.number),
    )
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def fill_one(facts: Facts, build: Build) -> bool:
    """Fold one range of the build; False where none is left.

    The range's rows, its dead letters and the note that it is done commit together. Where all
    that are left are others', it waits for one of them to be done, or to be free again.
    """
    try:
        return _fill_one(facts, build)
    except DatabaseUnavailable as error:
        if isinstance(error.__cause__, DeadlockDetected):
            return True  # it was this one that had to give way: there is something left
        raise
    except Stopped as stopped:
        with facts.database.transaction() as cursor:
            facts.block(cursor, build, stopped)
        raise


def _fill_one(facts: Facts, build: Build) -> bool:
    with facts.database.transaction() as cursor:
        mine = _claim(cursor, build, skip_locked=facts.projection.concurrent)
        if mine is None:
            return False
        for events in prefetched(lambda: _events(facts, build, mine)):
            facts.apply(cursor, build, events, stop=facts.stop_on_error)
        if facts.stop_on_error:
            dead_letters.unblock(cursor, build.reader, after=mine.first, upto=mine.last)
        cursor.execute(
            "delete from build_ranges where stage = %s and build = %s and first = %s",
            (build.stage, build.number, mine.first),
        )
    return True


def _claim(cursor: Cursor[TupleRow], build: Build, *, skip_locked: bool) -> Range | None:
    for locked in (SQL(" skip locked"), SQL("")) if skip_locked else (SQL(""),):
        cursor.execute(
            SQL(
                "select first, last from build_ranges where stage = %s and build = %s"
                " order by first limit 1 for update"
            )
            + locked,
            (build.stage, build.number),
        )
        row = cursor.fetchone()
        if row is not None:
            return Range(*row)
    return None


def _events(facts: Facts, build: Build, span: Range) -> Iterator[list[RecordedCDEvent]]:
    """The events to fold, decoded, in batches; read over a connection of its own."""
    topics, starts = folding.topics_of(facts.projection)
    with facts.database.transaction() as cursor:
        given_up: set[int] = set()
        if facts.stop_on_error:
            given_up = dead_letters.skipped(cursor, build.reader, after=span.first)
        for rows in facts.log(build).recorder.scan(
            cursor,
            after=span.first,
            upto=span.last,
            topics=topics,
            starts=starts,
            max_bytes=_BATCH_BYTES,
        ):
            if given_up:
                rows = [row for row in rows if row[0] not in given_up]  # by position
            yield folding.wanted(facts.projection, rows)
