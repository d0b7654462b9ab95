"""The builds of a projection: its tables, made several times under names of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from streamgauge.postgres.database import SCHEMA
from streamgauge.projections.projection import Projection, Tables
from streamgauge.streams.positions import Positions

State = Literal["building", "current"]


@dataclass(frozen=True, slots=True)
class Build:
    """One set of a projection's tables."""

    projection: str
    number: int
    version: int
    """The projection's version that filled it."""

    @property
    def reader(self) -> str:
        """Under what name its position is kept: ``deployments@3``."""
        return f"{self.projection}@{self.number}"


def tables_of(projection: Projection, build: Build) -> Tables:
    """The tables of one build: ``deployments__3``."""
    return {name: Identifier(SCHEMA, f"{name}__{build.number}") for name in projection.tables}


def find(cursor: Cursor[TupleRow], projection: str, state: State) -> Build | None:
    """The projection's build in this state, of which there is at most one."""
    cursor.execute(
        "select build, version from projection_builds where projection = %s and state = %s",
        (projection, state),
    )
    row = cursor.fetchone()
    return Build(projection, row[0], row[1]) if row else None


def create(
    cursor: Cursor[TupleRow], positions: Positions, projection: Projection, state: State
) -> Build:
    """Make the tables of a new build, empty, with a position at the log's beginning."""
    cursor.execute(
        "insert into projection_builds (projection, build, version, state)"
        " select %s, coalesce(max(build), 0) + 1, %s, %s from projection_builds"
        " where projection = %s returning build",
        (projection.name, projection.version, state, projection.name),
    )
    row = cursor.fetchone()
    assert row is not None
    build = Build(projection.name, row[0], projection.version)
    cursor.execute(_sql(projection.schema, projection, build))
    positions.start(cursor, build.reader)
    if state == "current":
        publish(cursor, projection, build)
    return build


def publish(cursor: Cursor[TupleRow], projection: Projection, build: Build) -> None:
    """Point the projection's public views at this build."""
    for name, select in projection.views.items():
        view = Identifier(SCHEMA, name)
        cursor.execute(SQL("DROP VIEW IF EXISTS {}").format(view))
        cursor.execute(SQL("CREATE VIEW {} AS ").format(view) + _sql(select, projection, build))


def make_current(cursor: Cursor[TupleRow], build: Build) -> None:
    """Note that readers are to use this build; there must be no other current one."""
    cursor.execute(
        "update projection_builds set state = 'current', changed_at = now()"
        " where projection = %s and build = %s",
        (build.projection, build.number),
    )


def drop(
    cursor: Cursor[TupleRow], positions: Positions, projection: Projection, build: Build
) -> None:
    """Remove a build that nobody reads: its tables, its position, its dead letters."""
    for table in tables_of(projection, build).values():
        cursor.execute(SQL("DROP TABLE IF EXISTS {}").format(table))
    positions.forget(cursor, build.reader)
    cursor.execute("delete from dead_letters where processor = %s", (build.reader,))
    cursor.execute(
        "delete from projection_builds where projection = %s and build = %s",
        (build.projection, build.number),
    )


def _sql(text: str, projection: Projection, build: Build) -> Composed:
    # A plugin's SQL is its code, as trusted as its Python.
    return SQL(text).format(**tables_of(projection, build))
