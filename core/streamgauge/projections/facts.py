"""The stage that keeps a projection's facts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from streamgauge.postgres.connection import SCHEMA
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import Stopped
from streamgauge.processors.lease import REPLAY, try_hold
from streamgauge.projections import filling, folding
from streamgauge.projections.projection import Projection, Tables
from streamgauge.stages import builds, views
from streamgauge.stages.builds import Build
from streamgauge.stages.pace import Pace
from streamgauge.stages.stage import Stage
from streamgauge.streams.cdevents_log import TABLE as CDEVENTS
from streamgauge.streams.cdevents_log import CDEventsLog, CDEventsLogs, RecordedCDEvent
from streamgauge.streams.positions import MOVED
from streamgauge.streams.recorder import RecordedRow
from streamgauge.traces import folds

_PAGE_BYTES = 32 * 1024 * 1024


class Reader(Protocol):
    """A stage that stands on facts and finds by their positions which are new."""

    channels: Sequence[str]

    def told_of_late_facts(self, cursor: Cursor[TupleRow], source: Build) -> None:
        """Facts have come into this build whose position it may have passed."""
        ...


class Facts(Stage):
    """One projection. The rows, the dead letters and the position of one page commit together."""

    source = "cdevents"
    channels: Sequence[str] = (CDEVENTS, dead_letters.CHANNEL)

    def __init__(
        self,
        database: Database,
        projection: Projection,
        *,
        stop_on_error: bool = False,
        pace: Pace | None = None,
    ) -> None:
        super().__init__(database)
        self.projection = projection
        self.name = projection.name
        self.version = projection.version
        self.stop_on_error = stop_on_error
        self.pace = pace or Pace()
        self._logs = CDEventsLogs(database)
        self.readers: list[Reader] = []

    def create(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """The tables that the projection declares."""
        cursor.execute(_sql(self.projection.schema, self.projection, build))

    def complete(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """Its indexes."""
        if self.projection.indexes.strip():
            cursor.execute(_sql(self.projection.indexes, self.projection, build))

    def publish(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """Its views."""
        for name, select in self.projection.views.items():
            views.show(cursor, name, _sql(select, self.projection, build))

    def drop(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """The tables, and whatever views still show them."""
        for table in tables_of(self.projection, build).values():
            cursor.execute(SQL("DROP TABLE IF EXISTS {} CASCADE").format(table))

    def head(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """The newest CDEvent of the log that the build reads."""
        return self.log(build).recorder.head(cursor)

    def prepare(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """Cut the log into ranges; leave out what was given up in the current build."""
        if self.position(cursor, build) > 0:
            return
        filling.plan(cursor, self, build)
        current = builds.find(cursor, self.name, "current")
        if current is not None and current.source_build == build.source_build:
            dead_letters.skip_as(cursor, current.reader, build.reader)

    def fill_some(self, build: Build) -> bool:
        """Fold a range."""
        return filling.fill_one(self, build)

    def filled(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """The events that are in no range any more."""
        return self.position(cursor, build) - filling.left(cursor, build)

    def fold(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """Fold a page. Raises Stopped at an event that it cannot fold, where it is to stop."""
        started = time.monotonic()
        since = self.position(cursor, build)
        rows = self._page(cursor, build, since, self.pace.size)
        upto = rows[-1].position if rows else since
        with folds.folding(cursor, self.name, self.log(build).table, since, upto):
            moved = self.take(cursor, build, since, rows) if rows else 0
        self.pace.took(moved, time.monotonic() - started)
        return moved

    def step(self) -> int:
        """Fold a page, or what comes before the event to stop at."""
        try:
            return super().step()
        except Stopped as stopped:
            self._stop_before(stopped)
            raise

    def retry(self, cursor: Cursor[TupleRow], build: Build) -> bool:
        """Fold the dead letters that someone wants retried, and tell those who have passed them.

        Not while a replay is at work, which would not learn of it: they wait until it is over.
        """
        if not try_hold(cursor, REPLAY):
            return False
        # Moved to where it is: who has an older snapshot of the facts begins again.
        position = self.position(cursor, build)
        self.positions.advance(cursor, build.reader, since=position, upto=position)
        folded = 0
        for letter in dead_letters.queued(cursor, build.reader):
            dead_letters.settle(cursor, letter, "done")  # parked again if it fails again
            rows = self.log(build).recorder.page(
                cursor, after=letter.position - 1, limit=1, max_bytes=1
            )
            folded += not self._apply(cursor, build, rows, stop=False)
        for reader in self.readers if folded else ():
            reader.told_of_late_facts(cursor, build)
        return True

    def block(self, cursor: Cursor[TupleRow], build: Build, stopped: Stopped) -> None:
        """Note what the build has stopped at."""
        dead_letters.park(cursor, build.reader, [stopped.failure], state="blocking")

    def take(
        self, cursor: Cursor[TupleRow], build: Build, since: int, rows: Sequence[RecordedRow]
    ) -> int:
        """Fold these rows of the log as the holder of the position `since`."""
        upto = rows[-1].position
        self.positions.advance(cursor, build.reader, since=since, upto=upto)
        if self.stop_on_error:
            given_up = dead_letters.skipped(cursor, build.reader, after=since)
            rows = [row for row in rows if row.position not in given_up]
        self._apply(cursor, build, rows, stop=self.stop_on_error)
        if self.stop_on_error:
            dead_letters.unblock(cursor, build.reader, after=since, upto=upto)
        cursor.execute(SQL("NOTIFY {}").format(Identifier(MOVED)))
        return upto - since

    def apply(
        self,
        cursor: Cursor[TupleRow],
        build: Build,
        events: Sequence[RecordedCDEvent],
        *,
        stop: bool,
    ) -> int:
        """Fold the events, wherever they stand; park those that cannot be, or raise Stopped.

        Returns how many could not be.
        """
        tables = tables_of(self.projection, build)
        failures = folding.apply(cursor, self.projection, tables, events, stop=stop)
        dead_letters.park(cursor, build.reader, failures)
        return len(failures)

    def log(self, build: Build) -> CDEventsLog:
        """The build of the log that this build reads."""
        assert build.source_build is not None
        return self._logs[build.source_build]

    def _page(
        self, cursor: Cursor[TupleRow], build: Build, since: int, limit: int
    ) -> Sequence[RecordedRow]:
        return self.log(build).recorder.page(
            cursor, after=since, limit=max(1, limit), max_bytes=_PAGE_BYTES
        )

    def _apply(
        self, cursor: Cursor[TupleRow], build: Build, rows: Sequence[RecordedRow], *, stop: bool
    ) -> int:
        return self.apply(cursor, build, folding.wanted(self.projection, rows), stop=stop)

    def _stop_before(self, stopped: Stopped) -> None:
        """Fold what comes before the event that stops the current build, and note what does."""
        with self.database.transaction() as cursor:
            found = self.look(cursor)  # a first build went with what failed
            if found is None:
                return
            build, _ = found
            since = self.position(cursor, build)
            rows = self._page(cursor, build, since, stopped.failure.position - 1 - since)
            if before := [row for row in rows if row.position < stopped.failure.position]:
                self.take(cursor, build, since, before)
            self.block(cursor, build, stopped)


def tables_of(projection: Projection, build: Build) -> Tables:
    """The tables of one build: ``deployments__3``."""
    return {name: Identifier(SCHEMA, f"{name}__{build.number}") for name in projection.tables}


def _sql(text: str, projection: Projection, build: Build) -> Composed:
    # A plugin's SQL is its code, as trusted as its Python.
    return SQL(text).format(**tables_of(projection, build))
