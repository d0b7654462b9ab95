"""Replay: a new build beside the current one, made from the log, then swapped in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.postgres.database import Database
from streamgauge.processors.lease import Lease
from streamgauge.projections import builds
from streamgauge.projections.builds import Build
from streamgauge.projections.projection import Projection
from streamgauge.projections.runner import ProjectionRunner

Progress = Callable[[int, int], None]
"""Called after each page with the build's position and the log's head."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did."""

    build: int
    previous: int | None
    events: int
    """How many events of the log this run read; less than all of them after an interruption."""


def replay(
    database: Database, projection: Projection, *, progress: Progress = lambda position, head: None
) -> Replayed:
    """Build the projection's tables anew from the whole log and swap them in.

    Readers see the old tables, which go on being kept up, until the swap, which is one
    transaction. A replay that was killed goes on where it was. Two replays of one projection at a
    time wait for each other.
    """
    runner = ProjectionRunner(database, projection)
    with Lease(database, f"replay {projection.name}", channels=()) as lease:
        lease.acquire(lambda: False)
        with database.transaction() as cursor:
            build = _building(cursor, runner)
            head = runner.log.recorder.head(cursor)
        events = 0
        while True:
            with database.transaction() as cursor:
                folded = runner.fold(cursor, build)
                position = runner.positions.position(cursor, build.reader)
            events += folded
            head = max(head, position)
            progress(position, head)
            if folded == 0:
                break
        return _swap(database, runner, build, events)


def _building(cursor: Cursor[TupleRow], runner: ProjectionRunner) -> Build:
    """The build to fill: one that an interrupted replay left, if today's version began it."""
    projection = runner.projection
    unfinished = builds.find(cursor, projection.name, "building")
    if unfinished is not None and unfinished.version == projection.version:
        return unfinished
    if unfinished is not None:
        builds.drop(cursor, runner.positions, projection, unfinished)
    return builds.create(cursor, runner.positions, projection, "building")


def _swap(database: Database, runner: ProjectionRunner, build: Build, events: int) -> Replayed:
    """Fold what has come in meanwhile and put the new build in the old one's place, at once."""
    projection = runner.projection
    with database.transaction() as cursor:
        # A reader that takes long must not make everyone behind the swap wait.
        cursor.execute("set local lock_timeout = '10s'")
        old = builds.find(cursor, projection.name, "current")
        if old is not None:
            runner.positions.freeze(cursor, old.reader)
        while folded := runner.fold(cursor, build):
            events += folded
        builds.publish(cursor, projection, build)
        if old is not None:
            builds.drop(cursor, runner.positions, projection, old)
        builds.make_current(cursor, build)
    return Replayed(build.number, None if old is None else old.number, events)
