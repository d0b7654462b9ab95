"""Old payloads from the database into an archive.

Nothing is taken out of the database before it is on the disk, read back, and listed in the
manifest. Killed at any moment, it goes on where it was: what is listed and not taken out yet is
taken out, and what is not listed is written again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.archive import files, manifest
from streamgauge.archive.alone import alone
from streamgauge.archive.manifest import ArchiveFile, Manifest
from streamgauge.archive.taking import Taken, Taker, examined
from streamgauge.errors import ArchiveError
from streamgauge.postgres.database import Database
from streamgauge.stages import builds
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.positions import Positions
from streamgauge.streams.recorder import RecordedRow

_PAGE_EVENTS = 1000
_PAGE_BYTES = 16 * 1024 * 1024
_ROUTER = "cdevents"

Progress = Callable[[int, int], None]
"""Called now and then: how many events are done, and how many there are to do."""


class Plan(NamedTuple):
    """What is to be done: the events of after < position <= upto are to be written."""

    after: int
    upto: int
    events: int
    bytes: int
    """Of their payloads."""
    listed: int
    """Events that are in the archive already, and whose payloads are still in the database."""
    behind: bool
    """Whether older events stay because the router has not come to them."""


class _Written(NamedTuple):
    """A file that was written and read back."""

    file: ArchiveFile
    events: list[Taken]


class Archiver:
    """Writes to the archive in `folder`, which is made if it is not there."""

    def __init__(
        self, database: Database, folder: Path, *, progress: Progress = lambda *_: None
    ) -> None:
        self.database = database
        self.folder = folder
        self._progress = progress
        self._log = CloudEventsLog(database)
        self._taker = Taker(database, folder)

    def plan(self, before: datetime) -> Plan:
        """What would be archived of the events that were recorded before that instant.

        Raises ArchiveError where the folder is not this log's archive.
        """
        found = manifest.load(self.folder, new=True)
        with self.database.transaction() as cursor:
            _check_it_is_this_logs(cursor, self.folder, found)
            upto, behind = self._reach(cursor, found.last, before)
            cursor.execute(
                "select count(*) filter (where notification_id > %(last)s),"
                " coalesce(sum(octet_length(state)) filter (where notification_id > %(last)s), 0),"
                " count(*) filter (where notification_id <= %(last)s)"
                " from cloudevents_events where notification_id <= %(upto)s and archived is null",
                {"last": found.last, "upto": max(upto, found.last)},
            )
            row = cursor.fetchone()
        assert row is not None
        return Plan(found.last, max(upto, found.last), row[0], int(row[1]), row[2], behind)

    def run(self, plan: Plan) -> int:
        """Do it; how many payloads were taken out of the database.

        Others may append and read meanwhile. Raises ArchiveError, having taken out nothing that
        is not in the archive; also where another is at work on it.
        """
        with alone(self.database) as stir, _writing_to(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            found = manifest.load(self.folder, new=True)
            taken = 0
            for number, listed in enumerate(found.files):
                is_last = number == len(found.files) - 1
                taken += self._taker.take_listed(listed, found.before(number), always=is_last)
                self._tell(stir, found.last, plan)
            while written := self._write(found, plan.upto):
                stir()
                found = Manifest([*found.files, written.file])
                manifest.save(self.folder, found)
                taken += self._taker.take(written.events)
                self._tell(stir, found.last, plan)
        return taken

    def _tell(self, stir: Callable[[], None], reached: int, plan: Plan) -> None:
        stir()
        self._progress(reached - plan.after, plan.upto - plan.after)

    def _reach(self, cursor: Cursor[TupleRow], last: int, before: datetime) -> tuple[int, bool]:
        """Up to where events are old enough and routed; whether the router held it up."""
        cursor.execute(
            "select notification_id - 1 from cloudevents_events where notification_id > %s"
            " and recorded_at >= %s order by notification_id limit 1",
            (last, before),
        )
        row = cursor.fetchone()
        old = self._log.recorder.head(cursor) if row is None else int(row[0])
        build = builds.find(cursor, _ROUTER, "current")
        reader = "" if build is None else build.reader
        routed = Positions(self.database.datastore).position(cursor, reader)
        return min(old, routed), routed < old

    def _write(self, found: Manifest, upto: int) -> _Written | None:
        """The next file, whole and under its name; None where there is nothing left to write."""
        rows = self._rows(found.last, upto)
        first = next(rows, None)
        if first is None:
            return None
        part, file = files.write(self.folder, chain([first], rows), found.seal)
        events = examined(part, file, found.seal)
        part.replace(self.folder / file.name)
        manifest.sync_folder(self.folder)
        return _Written(file, events)

    def _rows(self, after: int, upto: int) -> Iterator[RecordedRow]:
        """The events that the next file is to have."""
        events = size = 0
        while after < upto:
            with self.database.transaction() as cursor:
                page = self._log.recorder.page(
                    cursor, after=after, limit=_PAGE_EVENTS, max_bytes=_PAGE_BYTES
                )
            for row in page:
                events += 1
                size += len(row.state)
                full = events > files.MOST_EVENTS or (events > 1 and size > files.MOST_BYTES)
                if full or row.position > upto:
                    return
                if not row.state:
                    raise ArchiveError(
                        f"the event at position {row.position:,} is archived, and not in"
                        f" {self.folder}: the archive goes on in the folder where that one is"
                    )
                yield row
            after = page[-1].position if page else upto


@contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    """Raises ArchiveError where the disk does not take it: it is full, say."""
    try:
        yield
    except OSError as error:
        with suppress(OSError):
            (folder / files.PART).unlink()
        raise ArchiveError(
            f"{error.filename or folder} cannot be written: {error.strerror}; nothing was taken out"
            " of the database that is not in the archive. The same command goes on from there"
        ) from None


def _check_it_is_this_logs(cursor: Cursor[TupleRow], folder: Path, found: Manifest) -> None:
    cursor.execute("select max(notification_id) from cloudevents_events where archived is not null")
    row = cursor.fetchone()
    if row is not None and row[0] is not None and row[0] > found.last:
        raise ArchiveError(
            f"the log is archived up to position {row[0]:,}, and {folder} ends at {found.last:,}:"
            " name the folder in which the archive is, whole"
        )
    cursor.execute("select coalesce(max(notification_id), 0) from cloudevents_events")
    head = cursor.fetchone()
    if head is not None and head[0] < found.last:
        raise ArchiveError(
            f"{folder} ends at position {found.last:,}, and the log at {head[0]:,}: it is another"
            f" log's archive, or events were lost; streamgauge archive --restore {folder} puts"
            " them back"
        )
