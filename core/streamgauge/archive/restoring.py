"""Archived payloads back into the database: into their rows, and rows that are gone with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from psycopg import Cursor
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow

from streamgauge.archive import files, manifest
from streamgauge.archive.alone import alone
from streamgauge.archive.files import Kept
from streamgauge.archive.taking import BATCH, known_rows
from streamgauge.archive.writing import Progress
from streamgauge.errors import ArchiveError
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import CloudEventsLog

_BATCH_BYTES = 16 * 1024 * 1024

_PUT_BACK = """
update cloudevents_events e set state = kept.state, archived = null
from unnest(%b::text[], %b::uuid[], %b::bytea[]) as kept(tenant, id, state)
where e.tenant = kept.tenant and e.originator_id = kept.id and e.originator_version = 1
"""

_INSERT = """
insert into cloudevents_events
    (tenant, originator_id, originator_version, topic, state, notification_id, recorded_at)
select tenant, id, 1, topic, state, position, recorded_at
from unnest(%b::text[], %b::uuid[], %b::text[], %b::bytea[], %b::bigint[], %b::timestamptz[])
    as kept(tenant, id, topic, state, position, recorded_at)
order by position
"""


class Restored(NamedTuple):
    """What a restore did."""

    put_back: int
    """Payloads, into rows that had none."""
    recorded: int
    """Events that the log had not got any more."""
    there: int
    """Events that were there whole."""


class Restorer:
    """Puts back what the archive in `folder` has; the archive stays as it is."""

    def __init__(
        self, database: Database, folder: Path, *, progress: Progress = lambda *_: None
    ) -> None:
        self.database = database
        self.folder = folder
        self._progress = progress
        self._log = CloudEventsLog(database)

    def run(self) -> Restored:
        """Do it, however much of it was done before.

        Each file is checked before anything of it is used. Events whose rows are gone are
        recorded at the positions that they had, if these are the next. Raises ArchiveError where a
        file is not whole, or where the log has something else at a position.
        """
        found = manifest.load(self.folder)
        done = Restored(0, 0, 0)
        with alone(self.database) as stir:
            for number, file in enumerate(found.files):
                path = self.folder / file.name
                for _ in files.checked(path, file, found.before(number)):
                    pass
                for batch in _batches(files.events(path)):
                    done = _sum(done, self._put(batch))
                    self._tell(stir, batch[-1].record.position, found.last)
        return done

    def _tell(self, stir: Callable[[], None], position: int, last: int) -> None:
        stir()
        self._progress(position, last)

    def _put(self, batch: Sequence[Kept]) -> Restored:
        first, last = batch[0].record.position, batch[-1].record.position
        with self.database.transaction() as cursor:
            known = {row.digested.position: row for row in known_rows(cursor, first - 1, last)}
            missing = [kept for kept in batch if kept.record.position not in known]
            for kept in batch:
                row = known.get(kept.record.position)
                if row is not None and row.digested != kept.digested:
                    raise _another(self.folder, kept)
            away = [k for k in batch if (r := known.get(k.record.position)) and r.is_archived]
            _put_back(cursor, away)
            self._insert(cursor, missing)
        return Restored(len(away), len(missing), len(batch) - len(away) - len(missing))

    def _insert(self, cursor: Cursor[TupleRow], missing: Sequence[Kept]) -> None:
        """Record the events under the log's lock, behind all that it has."""
        if not missing:
            return
        for statement in self._log.recorder.lock_table_statements:
            cursor.execute(statement)
        if self._log.recorder.head(cursor) >= missing[0].record.position:
            raise _another(self.folder, missing[0])
        columns = [
            [kept.record.tenant for kept in missing],
            [kept.record.id for kept in missing],
            [kept.record.type for kept in missing],
            [kept.state for kept in missing],
            [kept.record.position for kept in missing],
            [kept.record.recorded_at for kept in missing],
        ]
        try:
            cursor.execute(_INSERT, columns, prepare=False)
        except UniqueViolation:
            raise _another(self.folder, missing[0]) from None
        cursor.execute("select pg_notify(%s, '')", (self._log.recorder.channel_name,))


def _put_back(cursor: Cursor[TupleRow], away: Sequence[Kept]) -> None:
    if away:
        tenants = [kept.record.tenant for kept in away]
        keys, states = [kept.record.id for kept in away], [kept.state for kept in away]
        cursor.execute(_PUT_BACK, (tenants, keys, states), prepare=False)


def _another(folder: Path, kept: Kept) -> ArchiveError:
    return ArchiveError(
        f"the log has something else than {folder} at position {kept.record.position:,}: it is"
        " another log's archive, or events were recorded where its own were lost; what was put back"
        " before stays"
    )


def _sum(one: Restored, other: Restored) -> Restored:
    return Restored(*(a + b for a, b in zip(one, other, strict=True)))


def _batches(events: Iterable[Kept]) -> Iterator[list[Kept]]:
    batch: list[Kept] = []
    size = 0
    for kept in events:
        if batch and (len(batch) >= BATCH or size + len(kept.state) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(kept)
        size += len(kept.state)
    if batch:
        yield batch
