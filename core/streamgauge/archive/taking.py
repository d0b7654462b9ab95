"""Takes payloads out of the database that are in a file of the archive, in small transactions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec
from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.archive import files
from streamgauge.archive.files import Kept
from streamgauge.archive.manifest import ArchiveFile
from streamgauge.archive.record import Digested, Stub, read_stub
from streamgauge.cloudevents.json_format import read
from streamgauge.cloudevents.recorded import content_digest
from streamgauge.errors import ArchiveError
from streamgauge.postgres.database import Database
from streamgauge.processors.dead_letters import OPEN

BATCH = 500

_ROWS = """
select notification_id, recorded_at, tenant, originator_id, topic,
       case when archived is null then sha256(state) end, archived::text
from cloudevents_events where notification_id > %s and notification_id <= %s
order by notification_id
"""

# By the primary key, so that it is one shard's work where the table is distributed by it.
_TAKE = """
update cloudevents_events e set state = '', archived = taken.stub::json
from unnest(%b::text[], %b::uuid[], %b::text[]) as taken(tenant, id, stub)
where e.tenant = taken.tenant and e.originator_id = taken.id and e.originator_version = 1
"""

_WAITING = """
select position from dead_letters
where starts_with(processor, 'cdevents@') and state = any(%s) and position > %s and position <= %s
"""


class _Known(NamedTuple):
    """What a row says of itself."""

    digested: Digested
    is_archived: bool


class Taken(NamedTuple):
    """An event of a file, without its payload."""

    digested: Digested
    stub: str


class Taker:
    """Takes out what the archive in `folder` has."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder

    def take_listed(self, file: ArchiveFile, before: bytes, *, always: bool) -> int:
        """Take out what is still there of a file's events; how many payloads.

        `before` is the seal before it. Where all are out it is not even read, unless `always`.
        """
        if not always and self._is_out(file):
            return 0
        return self.take(examined(self.folder / file.name, file, before))

    def take(self, events: Sequence[Taken]) -> int:
        """Take out the payloads of these events as far as they are still there; how many.

        Events with an open dead letter of a transformer stay. Raises ArchiveError where the log has
        something else.
        """
        batches = (events[at : at + BATCH] for at in range(0, len(events), BATCH))
        return sum(map(self._batch, batches))

    def _is_out(self, file: ArchiveFile) -> bool:
        with self.database.transaction() as cursor:
            cursor.execute(
                "select count(*) from cloudevents_events where archived is not null"
                " and notification_id between %s and %s",
                (file.first, file.last),
            )
            row = cursor.fetchone()
        return row is not None and row[0] == file.events

    def _batch(self, taken: Sequence[Taken]) -> int:
        first, last = taken[0].digested.position, taken[-1].digested.position
        with self.database.transaction() as cursor:
            known = known_rows(cursor, first - 1, last)
            _compare(known, taken)
            cursor.execute(_WAITING, (list(OPEN), first - 1, last))
            waiting = {position for (position,) in cursor.fetchall()}
            out = [
                each
                for each, row in zip(taken, known, strict=True)
                if not row.is_archived and row.digested.position not in waiting
            ]
            _take(cursor, out)
        return len(out)


def examined(path: Path, file: ArchiveFile, before: bytes) -> list[Taken]:
    """What a file has, read and checked to its end. Raises ArchiveError where it is not whole."""
    return [Taken(kept.digested, _stub(file, kept)) for kept in files.checked(path, file, before)]


def known_rows(cursor: Cursor[TupleRow], after: int, upto: int) -> list[_Known]:
    """What the log has of after < position <= upto, in order."""
    cursor.execute(_ROWS, (after, upto), binary=True, prepare=False)
    found = []
    for position, recorded_at, tenant, key, topic, sha256, text in cursor.fetchall():
        away = None if text is None else bytes.fromhex(read_stub(text).sha256)
        digest = bytes(sha256) if away is None else away
        digested = Digested(position, recorded_at, tenant, key, topic, digest)
        found.append(_Known(digested, away is not None))
    return found


def _take(cursor: Cursor[TupleRow], out: Sequence[Taken]) -> None:
    if not out:
        return
    tenants: list[str] = [each.digested.tenant for each in out]
    keys: list[UUID] = [each.digested.id for each in out]
    cursor.execute(_TAKE, (tenants, keys, [each.stub for each in out]), prepare=False)
    if cursor.rowcount != len(out):
        raise ArchiveError("rows of the log have gone while their payloads were taken out")


def _compare(known: Sequence[_Known], taken: Sequence[Taken]) -> None:
    if [row.digested for row in known] == [each.digested for each in taken]:
        return
    there = {row.digested for row in known}
    wrong = next(
        (each.digested.position for each in taken if each.digested not in there),
        taken[0].digested.position,
    )
    raise ArchiveError(
        f"the archive and the log differ from position {wrong:,} on: the archive is another log's,"
        " or one of them was changed; nothing more was taken out of the database"
    )


def _stub(file: ArchiveFile, kept: Kept) -> str:
    attributes = read(kept.state).attributes
    stub = Stub(
        file=file.name,
        bytes=len(kept.state),
        sha256=kept.digested.sha256.hex(),
        content=content_digest(kept.state).hex(),
        source=str(attributes["source"]),
        id=str(attributes["id"]),
    )
    return msgspec.json.encode(stub).decode()
