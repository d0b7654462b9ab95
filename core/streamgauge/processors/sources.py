"""Who speaks: for each source, when it did last, how often, and its longest silence."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from psycopg import Cursor
from psycopg.rows import TupleRow, class_row

from streamgauge.archive.record import Stub
from streamgauge.postgres.database import Database
from streamgauge.streams.browse import stubs_at
from streamgauge.streams.cloudevents_log import TABLE as CLOUDEVENTS
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.positions import Positions
from streamgauge.streams.recorder import RecordedRow

READER = "sources"
MOST = 10_000
"""So many sources are told apart."""
OTHERS = "(others)"
"""What all beyond those are called."""
LOOK_SECONDS = 5.0
_LONGEST_NAME = 300
_PAGE, _PAGE_BYTES = 5000, 16 * 1024 * 1024

Key = tuple[str, str]
"""Tenant and source."""


@dataclass(slots=True)
class Heard:
    """What was heard of one source, in a page of the log or ever."""

    tenant: str
    source: str
    events: int
    first_at: datetime
    last_at: datetime
    longest_silence: timedelta

    def again(self, at: datetime) -> None:
        """It has spoken once more."""
        self.longest_silence = max(self.longest_silence, at - self.last_at)
        self.last_at = max(self.last_at, at)
        self.events += 1


class _Said(msgspec.Struct):
    source: str = ""


_decoder = msgspec.json.Decoder(_Said)
_NONE: Mapping[int, Stub] = {}


class Sources:
    """A processor that reads the log every few seconds: nothing is done for it at an event."""

    name = READER
    channels: Sequence[str] = ()

    def __init__(self, database: Database) -> None:
        self._database = database
        self._log = CloudEventsLog(database)
        self._positions = Positions(database.datastore)
        self._not_before = 0.0

    def step(self) -> int:
        """Take in a page of the log; how many events it had."""
        if time.monotonic() < self._not_before:
            return 0
        with self._database.transaction() as cursor:
            since = self._positions.start(cursor, READER)
            rows = self._log.recorder.page(cursor, after=since, limit=_PAGE, max_bytes=_PAGE_BYTES)
            if rows:
                self._positions.advance(cursor, READER, since=since, upto=rows[-1].position)
                away = [row.position for row in rows if not row.state]
                _note(cursor, heard(rows, stubs_at(cursor, CLOUDEVENTS, away)))
        if not rows:
            self._not_before = time.monotonic() + LOOK_SECONDS
        return len(rows)


def heard(rows: Iterable[RecordedRow], stubs: Mapping[int, Stub] = _NONE) -> dict[Key, Heard]:
    """What is heard of each source in these rows, which are in the order of the log; of those that
    are archived by their stubs."""
    found: dict[Key, Heard] = {}
    for row in rows:
        stub = stubs.get(row.position)
        source = _decoder.decode(row.state).source if stub is None else stub.source
        if len(source) > _LONGEST_NAME:
            source = f"{source[:_LONGEST_NAME]}..."
        known = found.get((row.tenant, source))
        if known is not None:
            known.again(row.recorded_at)
        else:
            at = row.recorded_at
            found[row.tenant, source] = Heard(row.tenant, source, 1, at, at, timedelta())
    return found


def _note(cursor: Cursor[TupleRow], found: dict[Key, Heard]) -> None:
    cursor.execute(
        "select tenant, source from event_sources join unnest(%s::text[], %s::text[])"
        " as told (tenant, source) using (tenant, source)",
        ([tenant for tenant, _ in found], [source for _, source in found]),
    )
    known = set(cursor.fetchall())
    cursor.execute("select count(*) from event_sources")
    row = cursor.fetchone()
    room = MOST - (row[0] if row else 0)
    for number, key in enumerate(key for key in found if key not in known):
        if number >= room:
            found[key].source = OTHERS
    cursor.executemany(
        "insert into event_sources as s values (%s, %s, %s, %s, %s, %s)"
        " on conflict (tenant, source) do update set events = s.events + excluded.events,"
        " longest_silence = greatest(s.longest_silence, excluded.longest_silence,"
        " excluded.first_at - s.last_at),"
        " last_at = greatest(s.last_at, excluded.last_at)",
        [
            (s.tenant, s.source, s.events, s.first_at, s.last_at, s.longest_silence)
            for s in found.values()
        ],
    )


def listed(cursor: Cursor[TupleRow], *, limit: int = MOST + 1) -> list[Heard]:
    """The sources, those first that have sent most."""
    sources = cursor.connection.cursor(row_factory=class_row(Heard))
    sources.execute(
        "select tenant, source, events, first_at, last_at, longest_silence from event_sources"
        " order by events desc, tenant, source limit %s",
        (limit,),
    )
    return sources.fetchall()
