"""Keeps a projection's tables up with the CDEvents log, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge import json_codec
from streamgauge.cdevents import CDEvent, kind_of, upgrade
from streamgauge.errors import describe
from streamgauge.postgres.database import Database, is_outage
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import Failure
from streamgauge.projections import builds
from streamgauge.projections.builds import Build
from streamgauge.projections.projection import Projection, Tables
from streamgauge.streams.cdevents_log import TABLE as CDEVENTS
from streamgauge.streams.cdevents_log import CDEventsLog, RecordedCDEvent
from streamgauge.streams.positions import Positions
from streamgauge.streams.recorder import RecordedRow


class ProjectionRunner:
    """A processor. The rows, the dead letters and the position of one page commit together."""

    channels: Sequence[str] = (CDEVENTS, dead_letters.CHANNEL)

    def __init__(
        self, database: Database, projection: Projection, *, page_size: int = 5000
    ) -> None:
        self.database = database
        self.projection = projection
        self.name = f"projection {projection.name}"
        self.page_size = page_size
        self.log = CDEventsLog(database)
        self.positions = Positions(database.datastore)

    def step(self) -> bool:
        """Fold one page into the current build; False where there was nothing new."""
        with self.database.transaction() as cursor:
            build = builds.find(cursor, self.projection.name, "current")
            if build is None:
                build = builds.create(cursor, self.positions, self.projection, "current")
            retried = self._retry(cursor, build)
            return self.fold(cursor, build) > 0 or retried

    def fold(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """Fold the next page into the build, in the cursor's transaction.

        Returns how many events of the log the page had, folded or not.
        """
        since = self.positions.position(cursor, build.reader)
        rows = self.log.recorder.page(
            cursor, after=since, limit=self.page_size, max_bytes=32 * 1024 * 1024
        )
        if rows:
            self.positions.advance(cursor, build.reader, since=since, upto=rows[-1].position)
            self._apply(cursor, build, self._events(rows))
        return len(rows)

    def _events(self, rows: Sequence[RecordedRow]) -> list[RecordedCDEvent]:
        """Those events of a page that the projection folds; only they are decoded and upgraded."""
        wanted = self.projection.event_kinds
        return [
            RecordedCDEvent(
                row.position, row.tenant, kind, upgrade(CDEvent(json_codec.decode(row.state)))
            )
            for row in rows
            if (kind := kind_of(row.topic)) in wanted and kind is not None
        ]

    def _apply(
        self, cursor: Cursor[TupleRow], build: Build, events: Sequence[RecordedCDEvent]
    ) -> None:
        if not events:
            return
        tables = builds.tables_of(self.projection, build)
        failures: list[Failure] = []
        self._halve(cursor, tables, events, failures)
        dead_letters.park(cursor, build.reader, failures)

    def _halve(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        events: Sequence[RecordedCDEvent],
        failures: list[Failure],
    ) -> None:
        """Apply the events; where that fails, each half by itself, down to the culprit."""
        try:
            with cursor.connection.transaction():  # a savepoint
                self.projection.apply(cursor, tables, events)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin's SystemExit ends no processor
            if is_outage(error):
                raise  # the transaction is lost, and no event is to be parked for it
            if len(events) == 1:
                failures.append(self._failure(events[0], error))
                return
            middle = len(events) // 2
            self._halve(cursor, tables, events[:middle], failures)
            self._halve(cursor, tables, events[middle:], failures)

    def _failure(self, recorded: RecordedCDEvent, error: BaseException) -> Failure:
        return Failure(
            tenant=recorded.tenant,
            position=recorded.position,
            event_source=recorded.event.source,
            event_id=recorded.event.id,
            event_type=recorded.event.original.type,
            handler=self.projection.name,
            handler_version=str(self.projection.version),
            reason=describe(error),
        )

    def _retry(self, cursor: Cursor[TupleRow], build: Build) -> bool:
        letters = dead_letters.queued(cursor, build.reader)
        for letter in letters:
            dead_letters.settle(cursor, letter, "done")  # parked again below if it fails again
            rows = self.log.recorder.page(cursor, after=letter.position - 1, limit=1, max_bytes=1)
            self._apply(cursor, build, self._events(rows))
        return bool(letters)
