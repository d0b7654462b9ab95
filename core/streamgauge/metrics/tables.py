"""The stage that keeps a metric's tables up with the facts."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from streamgauge import json_codec
from streamgauge.errors import SettingsError, describe
from streamgauge.metrics.metric import Changed, Metric
from streamgauge.postgres.connection import SCHEMA
from streamgauge.postgres.database import Database, is_outage
from streamgauge.projections.projection import Projection, Tables
from streamgauge.stages import builds, views
from streamgauge.stages.builds import Build, Definition
from streamgauge.stages.stage import Stage
from streamgauge.streams.positions import MOVED

logger = logging.getLogger(__name__)


class MetricTables(Stage):
    """One metric. Its rows and the position of the facts that they are made of commit together."""

    channels: Sequence[str] = (MOVED,)
    one_snapshot = True  # position and facts

    def __init__(self, database: Database, metric: Metric, projection: Projection) -> None:
        super().__init__(database)
        self.metric = metric
        self.projection = projection
        self.name = metric.name
        self.source: str = metric.projection
        self.version = metric.version
        self._started = False

    def definition(self) -> Definition:
        """The metric's, as it is configured now, and as it will be read back from a build."""
        try:
            found = json_codec.decode(json_codec.encode(self.metric.definition()))
        except SettingsError:
            raise
        except Exception as error:
            raise SettingsError(f"the definition of {self.name}: {describe(error)}") from error
        if not isinstance(found, dict):
            raise SettingsError(f"the definition of {self.name} is no mapping")
        return found

    def can_read(self, source: Build) -> bool:
        """Facts of the version that the installed projection makes."""
        return source.version == self.projection.version

    def create(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """The tables that the metric declares."""
        self._run(cursor, self.metric.schema, build)

    def complete(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """Their indexes."""
        self._run(cursor, self.metric.indexes, build)

    def publish(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """The views over them."""
        for name, select in self.metric.views.items():
            views.show(cursor, name, self._sql(select, build))

    def drop(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """The tables, and whatever views still show them."""
        for name in self.metric.tables:
            table = Identifier(SCHEMA, f"{name}__{build.number}")
            cursor.execute(SQL("DROP TABLE IF EXISTS {} CASCADE").format(table))

    def head(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """How far the facts are that the build is made of."""
        return self.positions.position(cursor, f"{self.source}@{build.source_build}")

    def step(self) -> int:
        """As any stage's; the first time with the facts held, not in a snapshot that they leave."""
        if not self._started:
            with self.database.transaction() as cursor:
                source = builds.find(cursor, self.source, "current")
                if source is not None:
                    self.positions.freeze(cursor, source.reader)
                found = self.look(cursor)
                if found is None:
                    return 0
                handled = self.fold(cursor, found[0])
                self._started = self.position(cursor, found[0]) > 0
            return handled
        return super().step()

    def advance(self, build: Build) -> int:
        """Fold what is new; what is all new, with the facts held."""
        with self.database.transaction() as cursor:
            if not self.position(cursor, build):
                return self.fold(cursor, build)
        return super().advance(build)

    def fold(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """Make what has changed anew; of a new build, everything."""
        if not self.position(cursor, build):
            # A new build is nobody's to see yet: who folds facts that come late must wait for it.
            self.positions.freeze(cursor, f"{self.source}@{build.source_build}")
        upto = self.head(cursor, build)
        since = self.position(cursor, build)
        if upto <= since:
            return 0
        self.positions.advance(cursor, build.reader, since=since, upto=upto)
        changed = Changed(since, upto) if since else None
        self.metric.refresh(
            cursor, tables_of(self.metric, self.projection, build), changed, build.definition or {}
        )
        return upto - since

    def told_of_late_facts(self, cursor: Cursor[TupleRow], source: Build) -> None:
        """Make all builds that are made of these facts anew, each by its own definition.

        A fact that an event of long ago has changed may have any position: it cannot be found.
        Nobody is at a replay meanwhile, and the facts do not move.
        """
        upto = self.positions.position(cursor, source.reader)
        for build in builds.upon(cursor, self.name, source.number):
            if build.state == "building":
                self.remove(cursor, build)
            elif not self._made_again(cursor, build, upto):
                builds.fill(cursor, build, whole=False)

    def _made_again(self, cursor: Cursor[TupleRow], build: Build, upto: int) -> bool:
        """Whether the tables could be made anew, in the cursor's transaction: readers see the old
        ones until it ends."""
        if not self.can_fold(build):
            return False
        tables = tables_of(self.metric, self.projection, build)
        try:
            with cursor.connection.transaction():  # a savepoint
                self.positions.freeze(cursor, build.reader)
                for name in self.metric.tables:
                    cursor.execute(SQL("DELETE FROM {}").format(tables[name]))
                self.metric.refresh(cursor, tables, None, build.definition or {})
                self.positions.forget(cursor, build.reader)
                self.positions.start(cursor, build.reader)
                self.positions.jump(cursor, build.reader, upto=upto)
                builds.fill(cursor, build)
        except BaseException as error:  # a plugin's SystemExit ends no thread
            if isinstance(error, KeyboardInterrupt) or is_outage(error):
                raise
            logger.exception("%s cannot be made anew", self.name)
            return False
        return True

    def _run(self, cursor: Cursor[TupleRow], sql: str, build: Build) -> None:
        if sql.strip():
            cursor.execute(self._sql(sql, build))

    def _sql(self, text: str, build: Build) -> Composed:
        # A plugin's SQL is its code, as trusted as its Python.
        return SQL(text).format(**tables_of(self.metric, self.projection, build))


def tables_of(metric: Metric, projection: Projection, build: Build) -> Tables:
    """The metric's tables and those of the facts that this build is made of, by name."""
    numbers: Mapping[str, int | None] = {
        **dict.fromkeys(projection.tables, build.source_build),
        **dict.fromkeys(metric.tables, build.number),
    }
    return {name: Identifier(SCHEMA, f"{name}__{number}") for name, number in numbers.items()}
