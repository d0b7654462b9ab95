"""A chain of builds in the place of the current ones, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import ReplayRefused, SettingsError
from streamgauge.postgres.database import Database
from streamgauge.stages import builds
from streamgauge.stages.builds import Build, State
from streamgauge.stages.stage import Stage


class Link(NamedTuple):
    """One stage of a chain, and its build that is to be swapped in."""

    stage: Stage
    build: Build


def hold(cursor: Cursor[TupleRow], links: Sequence[Link]) -> list[Link]:
    """Keep the current builds where they are, and what the first of them reads; returns them.

    Until the cursor's transaction ends, whoever keeps them up waits.
    """
    # Whoever waits behind this must not wait long for a reader that takes its time.
    cursor.execute("set local lock_timeout = '10s'")
    first = links[0].stage
    names = [link.stage.name for link in links]
    for name in [first.source, *names] if first.source else names:
        current = builds.find(cursor, name, "current")
        if current is not None:
            first.positions.freeze(cursor, current.reader)
    found = [(stage, builds.find(cursor, stage.name, "current")) for stage, _ in links]
    return [Link(stage, build) for stage, build in found if build is not None]


def catch_up(cursor: Cursor[TupleRow], links: Sequence[Link]) -> None:
    """Fold what has come in, in the cursor's transaction."""
    for stage, build in links:
        # What comes in from here on is for whoever keeps them up: it may come for ever.
        head = stage.head(cursor, build)
        while stage.position(cursor, build) < head and stage.fold(cursor, build):
            pass


def swap(
    database: Database, links: Sequence[Link], *, old_state: State, keep: bool
) -> dict[str, int | None]:
    """Make the builds current, all at once, and return the numbers of those that were.

    What was current gets the state `old_state` and is kept, until another of its stage is; or it
    is dropped, without `keep`.
    """
    replaced: dict[str, int | None] = {}
    with database.transaction() as cursor:
        hold(cursor, links)
        catch_up(cursor, links)
        for stage, build in links:
            _check_state(cursor, build)
            old = builds.find(cursor, stage.name, "current")
            replaced[stage.name] = None if old is None else old.number
            _remove_kept(cursor, stage, but=build)
            if old is not None:
                builds.become(cursor, old, old_state)
            stage.publish(cursor, build)
            builds.become(cursor, build, "current")
        if not keep:
            for stage, build in reversed(links):
                _remove_kept(cursor, stage, but=build)
    return replaced


def _remove_kept(cursor: Cursor[TupleRow], stage: Stage, *, but: Build) -> None:
    """Drop what was kept of the stage, except for what somebody still reads, and for what says that
    the configured definition was rolled back from: this replay has not taken that."""
    for kept in builds.listed(cursor, stage.name, ("replaced", "rejected")):
        refused = kept.state == "rejected" and kept.definition != but.definition
        if kept.number == but.number or builds.is_read(cursor, kept):
            continue
        if not (refused and _may_be_configured(stage, kept)):
            stage.remove(cursor, kept)


def _may_be_configured(stage: Stage, build: Build) -> bool:
    try:
        return stage.made_alike(build)
    except SettingsError:  # the file is broken just now
        return True


def replaced_chain(cursor: Cursor[TupleRow], stages: Sequence[Stage]) -> list[Link]:
    """The builds that the last replay of the chain's first stage has replaced.

    Raises ReplayRefused where they are not there any more, or where today's code is not theirs.
    """
    first = stages[0]
    links: list[Link] = []
    for stage in stages:
        build = builds.find(cursor, stage.name, "replaced")
        if stage is not first and not _goes_along(cursor, stage, build, links):
            continue
        if build is None:
            raise ReplayRefused(
                f"there is nothing to go back to: no replaced build of {stage.name} is kept"
            )
        _check_code(stage, build)
        links.append(Link(stage, build))
    _check_source(cursor, links[0])
    return [Link(s, b if b.filled else s.empty(cursor, b)) for s, b in links]


def _goes_along(
    cursor: Cursor[TupleRow], stage: Stage, build: Build | None, links: Sequence[Link]
) -> bool:
    """Whether the build was replaced with its source. Where none was, the stage is new then, or it
    was left out, and stands there still."""
    source = next((link.build.number for link in links if link.stage.name == stage.source), None)
    current = builds.find(cursor, stage.name, "current")
    left_out = current is not None and current.source_build == source
    return build is not None and build.source_build == source and not left_out


def _check_code(stage: Stage, build: Build) -> None:
    made = f"build {build.number} of {stage.name} was made"
    if build.source != stage.source:
        raise ReplayRefused(f"{made} of {build.source}; install the version that does that first")
    if not stage.can_fold(build):
        raise ReplayRefused(
            f"{made} by its version {build.version}, and {stage.version} is installed; "
            "install that version first"
        )


def _check_source(cursor: Cursor[TupleRow], link: Link) -> None:
    stage, build = link
    if stage.source is not None:
        source = builds.current(cursor, stage.source)
        if source.number != build.source_build:
            raise ReplayRefused(
                f"build {build.number} of {stage.name} reads build {build.source_build} of "
                f"{stage.source}, which is not current; go back with {stage.source} instead"
            )


def _check_state(cursor: Cursor[TupleRow], build: Build) -> None:
    """It is as it was when this replay took it: one who was taken for frozen may wake here."""
    if builds.locked(cursor, build).state != build.state:
        raise ReplayRefused(f"build {build.number} of {build.stage} was swapped meanwhile")
