"""The builds of a stage: its tables, made several times under names of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge import json_codec
from streamgauge.errors import DatabaseUnavailable, ReplayRefused

State = Literal["building", "current", "replaced", "rejected"]
Definition = Mapping[str, Any]
"""What a build was made with beside code: anything that JSON can hold."""


@dataclass(frozen=True, slots=True)
class Build:
    """One set of a stage's tables."""

    stage: str
    number: int
    source: str | None
    """The stage that it reads; None where that is the log of CloudEvents."""
    source_build: int | None
    """And which build of it."""
    version: int
    """The stage's version that filled it."""
    definition: Definition | None
    state: State
    filled: bool
    """Whether all that there was to read is in it. Not so of one that is being built, and of one
    that has passed facts which came late."""

    @property
    def reader(self) -> str:
        """Under what name its position is kept: ``deployments@3``."""
        return f"{self.stage}@{self.number}"


_COLUMNS = SQL("stage, build, source, source_build, version, definition::text, state, filled")


def find(cursor: Cursor[TupleRow], stage: str, state: State) -> Build | None:
    """The stage's newest build in this state; of current and building ones there is at most one."""
    found = listed(cursor, stage, (state,))
    return found[0] if found else None


def current_and_queued(
    cursor: Cursor[TupleRow], stage: str, source: str | None
) -> tuple[Build, bool, int | None] | None:
    """The current build, whether dead letters of it are to be retried, now or later, and which
    build of its source is current."""
    cursor.execute(
        SQL(
            "select {}, exists (select from dead_letters d"
            " where d.processor = b.stage || '@' || b.build"
            " and d.state in ('queued', 'waiting')),"
            " (select s.build from builds s where s.stage = %s and s.state = 'current')"
            " from builds b where stage = %s and state = 'current'"
        ).format(_COLUMNS),
        (source, stage),
    )
    row = cursor.fetchone()
    return (_build(row[:-2]), row[-2], row[-1]) if row else None


def current(cursor: Cursor[TupleRow], stage: str) -> Build:
    """The build that readers see. Raises DatabaseUnavailable where there is none yet."""
    return current_line(cursor, stage)[0]


def listed(cursor: Cursor[TupleRow], stage: str, states: Sequence[State]) -> list[Build]:
    """The stage's builds in these states, the newest first."""
    cursor.execute(
        SQL(
            "select {} from builds where stage = %s and state = any(%s)"
            " order by changed_at desc, build desc"
        ).format(_COLUMNS),
        (stage, list(states)),
    )
    return [_build(row) for row in cursor.fetchall()]


def numbered(
    cursor: Cursor[TupleRow], stage: str, number: int, *, lock: bool = False
) -> Build | None:
    """The build with this number; with `lock`, nobody else changes its state until the end."""
    cursor.execute(
        SQL("select {} from builds where stage = %s and build = %s{}").format(
            _COLUMNS, SQL(" for update" if lock else "")
        ),
        (stage, number),
    )
    row = cursor.fetchone()
    return _build(row) if row else None


def upon(cursor: Cursor[TupleRow], stage: str, source: Build) -> list[Build]:
    """The stage's builds that read this build of its source, whatever their state."""
    cursor.execute(
        SQL(
            "select {} from builds where stage = %s and source = %s and source_build = %s"
            " order by build"
        ).format(_COLUMNS),
        (stage, source.stage, source.number),
    )
    return [_build(row) for row in cursor.fetchall()]


def line(cursor: Cursor[TupleRow], build: Build) -> list[Build]:
    """The build, the one that it reads, the one which that reads, down to the log of CDEvents."""
    return _line(cursor, SQL("build = %s"), build.stage, build.number)


def current_line(cursor: Cursor[TupleRow], stage: str) -> list[Build]:
    """The build that readers see, and those below it, as `line`.

    Raises DatabaseUnavailable where there is none yet.
    """
    found = _line(cursor, SQL("state = 'current'"), stage)
    if not found:
        raise DatabaseUnavailable(f"{stage} has not started; is a worker running?")
    return found


def _line(cursor: Cursor[TupleRow], which: SQL, *parameters: object) -> list[Build]:
    cursor.execute(
        SQL(
            "with recursive line as ("
            "select b.*, 0 as depth from builds b where stage = %s and {}"
            " union all select b.*, depth + 1 from line"
            " join builds b on b.stage = line.source and b.build = line.source_build)"
            " select {} from line order by depth"
        ).format(which, _COLUMNS),
        parameters,
    )
    return [_build(row) for row in cursor.fetchall()]


def locked(cursor: Cursor[TupleRow], build: Build) -> Build:
    """The build as it is now, which nobody else changes until the transaction ends.

    Raises ReplayRefused where it has been dropped.
    """
    found = numbered(cursor, build.stage, build.number, lock=True)
    if found is None:
        raise ReplayRefused(f"build {build.number} of {build.stage} was dropped meanwhile")
    return found


def add(
    cursor: Cursor[TupleRow],
    stage: str,
    *,
    source: str | None,
    source_build: int | None,
    version: int,
    definition: Definition | None,
    state: State,
) -> Build:
    """Note a new build with the next number."""
    text = None if definition is None else json_codec.encode(definition).decode()
    cursor.execute(
        "with next as (insert into build_numbers as numbers values (%(stage)s, 1)"
        " on conflict (stage) do update set last = numbers.last + 1 returning last)"
        " insert into builds"
        " (stage, build, source, source_build, version, definition, state, filled)"
        " select %(stage)s, last, %(source)s, %(source_build)s, %(version)s, %(definition)s,"
        " %(state)s, %(state)s <> 'building' from next returning build",
        {
            "stage": stage,
            "source": source,
            "source_build": source_build,
            "version": version,
            "definition": text,
            "state": state,
        },
    )
    row = cursor.fetchone()
    assert row is not None
    filled = state != "building"
    return Build(stage, row[0], source, source_build, version, definition, state, filled)


def become(cursor: Cursor[TupleRow], build: Build, state: State) -> None:
    """Give the build another state."""
    cursor.execute(
        "update builds set state = %s, changed_at = clock_timestamp()"
        " where stage = %s and build = %s",
        (state, build.stage, build.number),
    )


def fill(cursor: Cursor[TupleRow], build: Build, *, whole: bool = True) -> Build:
    """Note whether the build has all that there was to read."""
    cursor.execute(
        "update builds set filled = %s where stage = %s and build = %s",
        (whole, build.stage, build.number),
    )
    return replace(build, filled=whole)


def move_on(cursor: Cursor[TupleRow], build: Build) -> bool:
    """Have the build read the current build of its source; False where it is not current now."""
    cursor.execute(
        "update builds b set source_build = s.build from builds s"
        " where b.stage = %s and b.build = %s and b.state = 'current'"
        " and s.stage = b.source and s.state = 'current'",
        (build.stage, build.number),
    )
    return cursor.rowcount > 0


def is_read(cursor: Cursor[TupleRow], build: Build) -> bool:
    """Whether another stage's current build stands on it, maybe by way of others: one that was
    left out of a replay."""
    cursor.execute(
        "with recursive readers as ("
        "select stage, build, state from builds where source = %s and source_build = %s"
        " union select b.stage, b.build, b.state from readers r"
        " join builds b on b.source = r.stage and b.source_build = r.build)"
        " select from readers where state = 'current' limit 1",
        (build.stage, build.number),
    )
    return cursor.rowcount > 0


def remove(cursor: Cursor[TupleRow], build: Build) -> None:
    """Forget a build and what could not be folded into it."""
    cursor.execute("delete from dead_letters where processor = %s", (build.reader,))
    cursor.execute(
        "delete from build_ranges where stage = %s and build = %s", (build.stage, build.number)
    )
    cursor.execute(
        "delete from builds where stage = %s and build = %s", (build.stage, build.number)
    )


def _build(row: TupleRow) -> Build:
    stage, number, source, source_build, version, definition, state, filled = row
    decoded = None if definition is None else json_codec.decode(definition.encode())
    return Build(stage, number, source, source_build, version, decoded, state, filled)
