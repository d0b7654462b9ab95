"""The stage that keeps derived facts, or a metric's tables, up with the facts."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from streamgauge import json_codec
from streamgauge.containment import is_ctrl_c
from streamgauge.errors import ReplayRefused, SettingsError, describe
from streamgauge.postgres.connection import SCHEMA
from streamgauge.postgres.database import Database, is_outage
from streamgauge.projections.derived import Changed, MadeOfFacts, Tier
from streamgauge.projections.facts import Reader
from streamgauge.projections.projection import Tables
from streamgauge.stages import builds, views
from streamgauge.stages.builds import Build, Definition
from streamgauge.stages.stage import Stage
from streamgauge.streams.positions import MOVED

logger = logging.getLogger(__name__)


class DerivedTables(Stage):
    """Derived facts, or one metric. The rows and the position of what they are made of commit
    together."""

    channels: Sequence[str] = (MOVED,)
    one_snapshot = True  # position and facts

    def __init__(self, database: Database, item: MadeOfFacts, tiers: Sequence[Tier]) -> None:
        """`tiers` are the item and all that it is made of, down to the projection."""
        super().__init__(database)
        self.item = item
        self.tiers = tiers
        self.name = item.name
        self.source: str = item.projection
        self.version = item.version
        self.readers: list[Reader] = []
        self._started = False

    def definition(self) -> Definition:
        """The item's, as it is configured now, and as it will be read back from a build."""
        try:
            found = json_codec.decode(json_codec.encode(self.item.definition()))
        except SettingsError:
            raise
        except Exception as error:
            raise SettingsError(f"the definition of {self.name}: {describe(error)}") from error
        if not isinstance(found, dict):
            raise SettingsError(f"the definition of {self.name} is no mapping")
        return found

    def can_read(self, cursor: Cursor[TupleRow], source: Build) -> bool:
        """Tables of the versions that are installed, in every tier below."""
        versions = {tier.name: tier.version for tier in self.tiers}
        made = {build.stage: build.version for build in builds.line(cursor, source)}
        return all(made.get(tier.name) == versions[tier.name] for tier in self.tiers[1:])

    def create(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """The tables that the item declares."""
        self._run(cursor, self.item.schema, build)

    def complete(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """Their indexes."""
        self._run(cursor, self.item.indexes, build)

    def publish(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """The views over them."""
        for name, select in self.item.views.items():
            views.show(cursor, name, self._sql(cursor, select, build))

    def drop(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """The tables, and whatever views still show them."""
        for name in self.item.tables:
            table = Identifier(SCHEMA, f"{name}__{build.number}")
            cursor.execute(SQL("DROP TABLE IF EXISTS {} CASCADE").format(table))

    def head(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """How far what the build is made of is."""
        return self.positions.position(cursor, f"{build.source}@{build.source_build}")

    def step(self) -> int:
        """As any stage's; the first time with the facts held, not in a snapshot that they leave."""
        if not self._started:
            with self.database.transaction() as cursor:
                source = builds.find(cursor, self.source, "current")
                if source is not None:
                    self._hold(cursor, builds.line(cursor, source))
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
            self._hold(cursor, builds.line(cursor, build)[1:])
        upto = self.head(cursor, build)
        since = self.position(cursor, build)
        if upto <= since:
            return 0
        self.positions.advance(cursor, build.reader, since=since, upto=upto)
        self._refresh(cursor, build, Changed(since, upto) if since else None)
        if any(reader.channels for reader in self.readers):
            cursor.execute(SQL("NOTIFY {}").format(Identifier(MOVED)))
        return upto - since

    def told_of_late_facts(self, cursor: Cursor[TupleRow], source: Build) -> None:
        """Make all builds that are made of these facts anew, each by its own definition, and then
        what is made of those.

        A fact that an event of long ago has changed may have any position: it cannot be found.
        Nobody is at a replay meanwhile, and the facts do not move.
        """
        for build in builds.upon(cursor, self.name, source):
            # Who begins upon it has it held, and is among its readers when that is over.
            self.positions.freeze(cursor, build.reader)
            if build.state == "building":
                self.remove(cursor, build)
            else:
                whole = source.filled and self._made_again(cursor, build)
                build = builds.fill(cursor, build, whole=whole)
            for reader in self.readers:
                reader.told_of_late_facts(cursor, build)

    def _made_again(self, cursor: Cursor[TupleRow], build: Build) -> bool:
        """Whether the tables could be made anew, in the cursor's transaction: readers see the old
        ones until it ends."""
        if not self.can_fold(build):
            return False
        try:
            with cursor.connection.transaction():  # a savepoint
                self._make_again(cursor, build)
        except BaseException as error:  # a plugin's SystemExit ends no thread
            if is_ctrl_c(error) or is_outage(error):
                raise
            logger.exception("%s cannot be made anew", self.name)
            return False
        return True

    def _make_again(self, cursor: Cursor[TupleRow], build: Build) -> None:
        for name in self.item.tables:
            table = Identifier(SCHEMA, f"{name}__{build.number}")
            cursor.execute(SQL("DELETE FROM {}").format(table))
        self._refresh(cursor, build, None)
        # Anew and not moved: who has an older snapshot begins again.
        self.positions.forget(cursor, build.reader)
        self.positions.start(cursor, build.reader)
        self.positions.jump(cursor, build.reader, upto=self.head(cursor, build))

    def _refresh(self, cursor: Cursor[TupleRow], build: Build, changed: Changed | None) -> None:
        tables = tables_of(self.tiers, builds.line(cursor, build))
        self.item.refresh(cursor, tables, changed, build.definition or {})

    def _hold(self, cursor: Cursor[TupleRow], line: Sequence[Build]) -> None:
        """Keep the tiers below where they are, the lowest first, as who folds late facts does."""
        below = {tier.name for tier in self.tiers}
        for build in reversed(line):
            if build.stage in below:
                self.positions.freeze(cursor, build.reader)

    def _run(self, cursor: Cursor[TupleRow], sql: str, build: Build) -> None:
        if sql.strip():
            cursor.execute(self._sql(cursor, sql, build))

    def _sql(self, cursor: Cursor[TupleRow], text: str, build: Build) -> Composed:
        # A plugin's SQL is its code, as trusted as its Python.
        return SQL(text).format(**tables_of(self.tiers, builds.line(cursor, build)))


def tables_of(tiers: Sequence[Tier], line: Sequence[Build]) -> Tables:
    """The tables of the tiers by name, each as it is in the builds of the line.

    Raises ReplayRefused where a tier has none there: its plugin has it made of something else now
    than when the build was made, or the build was dropped meanwhile.
    """
    numbers = {build.stage: build.number for build in line}
    for tier in tiers:
        if tier.name not in numbers:
            raise ReplayRefused(f"no build of {tiers[0].name} stands on one of {tier.name}")
    return {
        name: Identifier(SCHEMA, f"{name}__{numbers[tier.name]}")
        for tier in tiers
        for name in tier.tables
    }
