"""The stage of a metric that has no tables: builds for its definitions, and nothing to keep up."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.projections.derived_tables import DerivedTables
from streamgauge.stages import builds
from streamgauge.stages.builds import Build


class WithoutTables(DerivedTables):
    """A metric that asks what it is made of. It is always as far as that is.

    A build keeps its definition. Nothing in it is of one build of the source: where that was
    replaced without it, it goes on with the new one by itself.
    """

    channels: Sequence[str] = ()  # to look once a second is enough
    one_snapshot = False

    def start(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """It has no position of its own."""

    def position(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """That of its source."""
        return self.head(cursor, build)

    def step(self) -> int:
        """Begin the first build, or go on with another of the source."""
        with self.database.transaction() as cursor:
            if self.look(cursor) is None:
                self._move_on(cursor)
        return 0

    def advance(self, build: Build) -> int:
        """There is nothing to fold."""
        return 0

    def fold(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """There is nothing to fold."""
        return 0

    def told_of_late_facts(self, cursor: Cursor[TupleRow], source: Build) -> None:
        """There is nothing that could be without them."""

    def _move_on(self, cursor: Cursor[TupleRow]) -> None:
        build = builds.find(cursor, self.name, "current")
        source = builds.find(cursor, self.source, "current")
        if build is None or source is None or not self.can_fold(build):
            return
        if self.can_read(cursor, source) and builds.move_on(cursor, build):
            self.publish(cursor, build)
            # Their source is gone: one could go back to them only by mistake, with the source.
            for kept in builds.listed(cursor, self.name, ("replaced",)):
                self.remove(cursor, kept)
