"""A chain of new builds, filled from what there is, one upon the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.containment import is_ctrl_c
from streamgauge.errors import ReplayRefused, SettingsError, StreamgaugeError, describe
from streamgauge.postgres.database import Database, is_outage
from streamgauge.processors import dead_letters
from streamgauge.replay.swap import Link
from streamgauge.stages import builds
from streamgauge.stages.builds import Build, Definition
from streamgauge.stages.stage import LITTLE, Stage

Progress = Callable[[str, int, int], None]
"""Called after each page: the stage that is being built, how far it is, and how far it is to go."""
Helpers = Callable[[Link], None]
"""Called when a build is ready to be filled: others may now fill it too."""


class Broken(NamedTuple):
    """A stage of a chain that cannot be built, and why. The others go on without it: its current
    build stays with the facts that it was made of, and stands still."""

    stage: str
    reason: str


def begin(
    database: Database,
    chain: Sequence[Stage],
    broken: list[Broken] | None = None,
    *,
    by_name: bool = True,
) -> list[Link]:
    """The builds to fill: those that an interrupted replay has left, where they still fit.

    `by_name` says that somebody asked for the first, and for its configured definition therefore.
    What cannot be begun goes into `broken`; raises ReplayRefused where that is the first.
    """
    links: list[Link] = []
    anew: set[str] = set()
    broken = [] if broken is None else broken
    with database.transaction() as cursor:
        for stage in chain:
            if stage.source in {each.stage for each in broken}:
                broken.append(Broken(stage.name, f"{stage.source} cannot be built"))
                continue
            upon = next((link.build for link in links if link.stage.name == stage.source), None)
            with _noting(stage, chain, broken), cursor.connection.transaction():
                left = builds.find(cursor, stage.name, "building")
                wanted = _definition(cursor, stage, by_name=by_name and stage is chain[0])
                # What was built upon a build that is given up is given up too.
                if (
                    left is None
                    or stage.source in anew
                    or left.definition != wanted
                    or not _fits(cursor, stage, left, upon)
                ):
                    left = _begin(cursor, stage, left, upon, wanted)
                    anew.add(stage.name)
                links.append(Link(stage, left))
    return links


def fill(
    database: Database,
    links: Sequence[Link],
    *,
    progress: Progress,
    helpers: Helpers,
    broken: list[Broken],
) -> list[Link]:
    """Fill the builds with everything there is, and make their indexes.

    What cannot be filled is dropped and goes into `broken`, with what stands on it; raises
    ReplayRefused where that is the first.
    """
    done: list[Link] = []
    chain = [link.stage for link in links]
    for stage, build in links:
        if stage.source in {each.stage for each in broken}:
            broken.append(Broken(stage.name, f"{stage.source} cannot be built"))
        else:
            with _noting(stage, chain, broken):
                done.append(_filled(database, Link(stage, build), progress, helpers))
        if broken and broken[-1].stage == stage.name:
            with database.transaction() as cursor:
                stage.remove(cursor, build)
    return done


def _filled(database: Database, link: Link, progress: Progress, helpers: Helpers) -> Link:
    stage, build = link
    if build.filled:
        return link
    with database.transaction() as cursor:
        stage.prepare(cursor, builds.locked(cursor, build))
    helpers(link)
    _report(database, stage, build, progress)
    while stage.fill_some(build):
        _report(database, stage, build, progress)
    with database.transaction() as cursor:
        build = builds.locked(cursor, build)
        if not build.filled:  # by one who took this for frozen
            cursor.execute("set local maintenance_work_mem = '256MB'")  # to sort in
            stage.complete(cursor, build)
            build = builds.fill(cursor, build)
    return Link(stage, build)


@contextmanager
def _noting(stage: Stage, chain: Sequence[Stage], broken: list[Broken]) -> Iterator[None]:
    """Note what a plugin's code, SQL or definition raises.

    An outage, and what the program itself raises on purpose, goes on.
    """
    try:
        yield
    except BaseException as error:  # a plugin's SystemExit ends no replay
        ours = isinstance(error, StreamgaugeError) and not isinstance(error, SettingsError)
        if is_ctrl_c(error) or ours or is_outage(error):
            raise
        if stage is chain[0]:
            raise ReplayRefused(f"{stage.name} cannot be built: {describe(error)}") from error
        broken.append(Broken(stage.name, describe(error)))


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
    return same_source and stage.can_fold(left) and not waits


def _definition(cursor: Cursor[TupleRow], stage: Stage, *, by_name: bool) -> Definition | None:
    """What a stage is to be made with: the configured definition. Where somebody has rolled back
    from that, and has not asked for this stage by its name, what it is made with now."""
    current = builds.find(cursor, stage.name, "current")
    if by_name or current is None or not stage.was_refused(cursor):
        return stage.definition()
    return current.definition


def _begin(
    cursor: Cursor[TupleRow],
    stage: Stage,
    left: Build | None,
    upon: Build | None,
    definition: Definition | None,
) -> Build:
    if left is not None:
        stage.remove(cursor, left)
    return stage.begin_upon(cursor, _source(cursor, stage, upon), "building", definition)


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
