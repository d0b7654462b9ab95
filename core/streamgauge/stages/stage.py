"""What a stage is: something derived, read from one source, kept in builds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from psycopg import Cursor
from psycopg.errors import SerializationFailure
from psycopg.rows import TupleRow

from streamgauge.errors import DatabaseUnavailable
from streamgauge.postgres.database import Database
from streamgauge.stages import builds
from streamgauge.stages.builds import Build, Definition, State
from streamgauge.streams.positions import PositionMoved, Positions

LITTLE = 500
"""So few events may be left for a swap to fold, while whoever keeps the current builds up waits."""


class Stage(ABC):
    """Makes, fills, publishes and drops its tables, whichever build they are of.

    A position of a build is one of the log of CDEvents; of the log itself, one of the log of
    CloudEvents.
    """

    name: str
    source: str | None
    """The stage that it reads; None: the log of CloudEvents."""
    version: int
    channels: Sequence[str]
    """The Postgres channels whose notifications say that there is something to do."""
    one_snapshot = False
    """Whether what a page is made of must all be of one instant."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.positions = Positions(database.datastore)

    def definition(self) -> Definition | None:
        """What a build made now would be made with. Raises SettingsError if it cannot be read."""
        return None

    def complaint(self) -> str | None:
        """Why files that it is told to follow are not in force; None where they are."""
        return None

    def made_alike(self, build: Build) -> bool:
        """Whether a build made now would be made as this one was."""
        return self.can_fold(build) and build.definition == self.definition()

    def was_refused(self, cursor: Cursor[TupleRow]) -> bool:
        """Whether somebody rolled back from what a build made now would be."""
        return any(map(self.made_alike, builds.listed(cursor, self.name, ("rejected",))))

    def can_fold(self, build: Build) -> bool:
        """Whether today's code may go on with the build: it is of this version, and reads what is
        read today."""
        return build.version == self.version and build.source == self.source

    def can_read(self, cursor: Cursor[TupleRow], source: Build) -> bool:
        """Whether today's code may read that build of the source."""
        return True

    @abstractmethod
    def create(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """Make the build's tables, empty, without what only its readers need."""

    def complete(self, cursor: Cursor[TupleRow], build: Build) -> None:  # noqa: B027
        """Make what readers need and writers do not: indexes."""

    @abstractmethod
    def publish(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """Point the public views at the build."""

    @abstractmethod
    def drop(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """Drop the build's tables."""

    @abstractmethod
    def head(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """The position up to which there is something to fold into the build."""

    @abstractmethod
    def fold(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """Fold the next page and move the position, in the cursor's transaction.

        Returns by how much it moved. Raises PositionMoved where another has been quicker.
        """

    def step(self) -> int:
        """Fold a page into the current build; how many events it had, 0 for nothing to do.

        This makes a stage a processor. The first time, it begins a build.
        """
        with self._transaction() as cursor:
            found = self.look(cursor)
            if found is None:
                return 0
            build, retry = found
            retried = retry and self.retry(cursor, build)
            return self.fold(cursor, build) or int(retried)

    def advance(self, build: Build) -> int:
        """Fold the next page, of whichever build, in a transaction of its own."""
        with self._transaction() as cursor:
            return self.fold(cursor, build)

    def look(self, cursor: Cursor[TupleRow]) -> tuple[Build, bool] | None:
        """The current build, a first one if need be, and whether dead letters are to be retried.

        None while there is no source to read; for a build of another version than the installed
        one, whose tables mean something else than what today's code would put into them; and for
        one whose source was replaced while this stage was not installed.
        """
        found = builds.current_and_queued(cursor, self.name, self.source)
        if found is None:
            first = self._first(cursor)
            return None if first is None else (first, False)
        build, retry, source = found
        return (build, retry) if self.can_fold(build) and build.source_build == source else None

    def prepare(self, cursor: Cursor[TupleRow], build: Build) -> None:  # noqa: B027
        """Get ready to fill a new build, or to go on with that; its source is filled by now."""

    def fill_some(self, build: Build) -> bool:
        """Put more of what there is to read into a new build; False when all but a little is in.

        Several processes may call it at once.
        """
        if not self.advance(build):
            return False
        with self.database.transaction() as cursor:
            return self.head(cursor, build) - self.position(cursor, build) > LITTLE

    def filled(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """How many of the events there are to read are in a build that is being filled."""
        return self.position(cursor, build)

    def retry(self, cursor: Cursor[TupleRow], build: Build) -> bool:
        """Take again the dead letters that someone asked for; whether that could be done now."""
        return False

    def position(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """How far the build is."""
        return self.positions.position(cursor, build.reader)

    def begin(self, cursor: Cursor[TupleRow], state: State) -> Build:
        """A new build, empty, upon the current one of the source, at the log's beginning."""
        source = None if self.source is None else builds.current(cursor, self.source).number
        return self.begin_upon(cursor, source, state, self.definition())

    def begin_upon(
        self,
        cursor: Cursor[TupleRow],
        source: int | None,
        state: State,
        definition: Definition | None,
    ) -> Build:
        """A new build, empty, upon that build of the source."""
        build = builds.add(
            cursor,
            self.name,
            source=self.source,
            source_build=source,
            version=self.version,
            definition=definition,
            state=state,
        )
        # A dump that was restored over a database leaves tables that are of no build it knows.
        self.drop(cursor, build)
        self.create(cursor, build)
        self.start(cursor, build)
        return build

    def start(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """Put a new build at the log's beginning."""
        self.positions.start(cursor, build.reader)

    def _first(self, cursor: Cursor[TupleRow]) -> Build | None:
        if self.source is not None:
            source = builds.find(cursor, self.source, "current")
            if source is None or not self.can_read(cursor, source):
                return None
        build = self.begin(cursor, "current")
        self.complete(cursor, build)
        self.publish(cursor, build)
        return build

    @contextmanager
    def _transaction(self) -> Iterator[Cursor[TupleRow]]:
        """A transaction of this stage's kind. Raises PositionMoved where another was quicker."""
        try:
            with self.database.transaction(repeatable_read=self.one_snapshot) as cursor:
                yield cursor
        except DatabaseUnavailable as error:
            if isinstance(error.__cause__, SerializationFailure):
                raise PositionMoved(f"{self.name}: another was quicker") from error
            raise

    def empty(self, cursor: Cursor[TupleRow], build: Build) -> Build:
        """Leave a build that nobody reads to be filled again, as a new one."""
        self.drop(cursor, build)
        self.create(cursor, build)
        self.complete(cursor, build)
        self.positions.forget(cursor, build.reader)
        self.start(cursor, build)
        return builds.fill(cursor, build)

    def remove(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """Drop a build that nobody reads, and all that is known of it."""
        self.drop(cursor, build)
        self.positions.forget(cursor, build.reader)
        builds.remove(cursor, build)
