"""A chain of new builds, filled from what there is, one upon the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.replay.swap import Link
from streamgauge.stages import builds
from streamgauge.stages.builds import Build
from streamgauge.stages.stage import LITTLE, Stage

Progress = Callable[[str, int, int], None]
"""Called after each page: the stage that is being built, how far it is, and how far it is to go."""
Helpers = Callable[[Link], None]
"""Called when a build is ready to be filled: others may now fill it too."""


def begin(database: Database, chain: Sequence[Stage]) -> list[Link]:
    """The builds to fill: those that an interrupted replay has left, where they still fit."""
    links: list[Link] = []
    anew: set[str] = set()
    with database.transaction() as cursor:
        for stage in chain:
            # What was built upon a build that is given up is given up too. Its number says nothing:
            # the new one may have the same.
            left = builds.find(cursor, stage.name, "building")
            upon = next((link.build for link in links if link.stage.name == stage.source), None)
            if left is None or stage.source in anew or not _fits(cursor, stage, left, upon):
                left = _begin(cursor, stage, left, upon)
                anew.add(stage.name)
            links.append(Link(stage, left))
    return links


def fill(
    database: Database, links: Sequence[Link], *, progress: Progress, helpers: Helpers
) -> list[Link]:
    """Fill the builds with everything there is, and make their indexes."""
    done: list[Link] = []
    for stage, build in links:
        if not build.filled:
            with database.transaction() as cursor:
                stage.prepare(cursor, builds.locked(cursor, build))
            helpers(Link(stage, build))
            _report(database, stage, build, progress)
            while stage.fill_some(build):
                _report(database, stage, build, progress)
            with database.transaction() as cursor:
                build = builds.locked(cursor, build)
                if not build.filled:  # by one who took this for frozen
                    cursor.execute("set local maintenance_work_mem = '256MB'")  # to sort in
                    stage.complete(cursor, build)
                    build = builds.fill(cursor, build)
        done.append(Link(stage, build))
    return done


def follow(database: Database, links: Sequence[Link], *, progress: Progress) -> None:
    """Fold what has come in meanwhile, until so little is left that the swap can do it.

    Not until nothing is: where events keep coming in, that may never be.
    """
    for stage, build in links:
        while stage.advance(build):
            if _report(database, stage, build, progress) <= LITTLE:
                break


def _fits(cursor: Cursor[TupleRow], stage: Stage, left: Build, upon: Build | None) -> bool:
    """Whether it can be gone on with. What was filled with parked facts may have been compared long
    ago, and they may have been mended since. (A transformer that was mended has another version.)
    """
    waits = stage.source and left.filled and dead_letters.parked(cursor, left.reader)
    same_source = left.source_build == _source(cursor, stage, upon)
    return same_source and stage.made_alike(left) and not waits


def _begin(cursor: Cursor[TupleRow], stage: Stage, left: Build | None, upon: Build | None) -> Build:
    if left is not None:
        stage.remove(cursor, left)
    return stage.begin_upon(cursor, _source(cursor, stage, upon), "building")


def _source(cursor: Cursor[TupleRow], stage: Stage, upon: Build | None) -> int | None:
    """Which build the stage is to read: the one of the chain, else the current one."""
    if upon is not None:
        return upon.number
    return None if stage.source is None else builds.current(cursor, stage.source).number


def _report(database: Database, stage: Stage, build: Build, progress: Progress) -> int:
    """Tell how far the build is, and return how many events are left."""
    with database.transaction() as cursor:
        done, head = stage.filled(cursor, build), stage.head(cursor, build)
    progress(stage.name, done, max(done, head))
    return head - done
