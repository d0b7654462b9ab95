"""The log of CloudEvents: every event once, whoever sends it how often."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec
from psycopg import Cursor
from psycopg.errors import LockNotAvailable, UniqueViolation
from psycopg.rows import TupleRow

from streamgauge.archive.payloads import Payloads
from streamgauge.archive.record import Stub, read_stub
from streamgauge.cloudevents import Event
from streamgauge.cloudevents.recorded import content_digest, same_content
from streamgauge.errors import DatabaseUnavailable
from streamgauge.postgres.database import Database
from streamgauge.streams.recorder import (
    DEFAULT_TENANT,
    Columns,
    Key,
    RecordedRow,
    Row,
    StreamRecorder,
)

TABLE = "cloudevents_events"
PATIENCE_SECONDS = 40.0
"""For how long an append waits for other writers, where nobody waits for it who would give up:
longer than a writer that says nothing may keep the lock."""
# That all are new is tried first: to look for each takes a quarter of an append. After one that was
# not, so many are not tried, since redeliveries come in flocks, and what was tried in vain leaves
# dead rows: one append of a hundred at most.
_WARY_FOR = 100
_PART = 250  # Postgres is at work on as many while the keys of the next are made
_IDENTITY = UUID("0f6f8d3e-52a5-5c2e-8a52-6f1b3c9f7d11").bytes


class Outcome(Enum):
    """What became of an event that was offered to the log."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


class Appended(msgspec.Struct, frozen=True):
    """An offered event's outcome, and the position of the event that the log has under its id."""

    outcome: Outcome
    position: int


def identity(source: str, event_id: str) -> UUID:
    """The key of the event with this source and id; 16 bytes however long those are."""
    # A UUIDv5, without what uuid5() does anew at each call.
    digest = hashlib.sha1(_IDENTITY + f"{source}\0{event_id}".encode(), usedforsecurity=False)
    return UUID(bytes=digest.digest()[:16], version=5)


def read_identity(text: str) -> UUID | None:
    """The key that `text` is, as it is written in answers; None where it is none."""
    try:
        key = UUID(text)
    except ValueError:
        return None
    return key if str(key) == text.lower() else None


class _Archived(NamedTuple):
    """What a row has that had no payload a moment ago: that, where it was put back since."""

    state: bytes
    stub: Stub | None

    def has_content(self, state: bytes) -> bool:
        if self.stub is None:
            return same_content(self.state, state)
        return content_digest(state).hex() == self.stub.content


class CloudEventsLog:
    """Appends to and reads from the log of CloudEvents.

    Payloads that were archived are read from the folder `archive`.
    """

    def __init__(
        self,
        database: Database,
        *,
        patience: float = PATIENCE_SECONDS,
        archive: Path | None = None,
    ) -> None:
        self.database = database
        self.payloads = Payloads(archive)
        self.recorder = StreamRecorder(
            database.datastore, events_table_name=TABLE, patience=patience
        )
        self._patience = patience
        self._wary = 0
        """For how many appends to come each event is looked for first."""

    def append(self, events: Sequence[Event], *, tenant: str = DEFAULT_TENANT) -> list[Appended]:
        """Record the events that are new, in one durable transaction.

        An event with a known source and id adds nothing: with the same content it is a duplicate,
        with other content a conflict, which is kept out of the log and noted in `conflicts`.
        When this returns, everything it calls new is on disk. Raises DatabaseUnavailable, after
        which the same call may be made again.
        """
        try:
            return self._append(events, tenant)
        except DatabaseUnavailable as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            with self.database.transaction() as cursor:
                freed = self.recorder.end_frozen_writer(cursor)
            if not freed:
                raise DatabaseUnavailable(
                    f"others have been appending for {self._patience:g} s; try again"
                ) from error
        return self._append(events, tenant)

    def known(self, events: Sequence[Event], *, tenant: str = DEFAULT_TENANT) -> list[bool]:
        """Of each of the events whether one with its source and id is recorded."""
        keys = [(tenant, identity(event.source, event.id)) for event in events]
        with self.database.transaction() as cursor:
            found = self.recorder.existing(cursor, keys)
        return [key in found for key in keys]

    def _append(self, events: Sequence[Event], tenant: str) -> list[Appended]:
        if self._wary <= 0:
            try:
                return self._append_new(events, tenant)
            except UniqueViolation:
                self._wary = _WARY_FOR
        self._wary -= 1
        rows = [Row(tenant, identity(e.source, e.id), e.type, e.state) for e in events]
        with self.database.transaction() as cursor:
            head, new = self.recorder.append(cursor, rows)
            if new == len(rows):
                return [Appended(Outcome.NEW, head + number) for number in range(1, new + 1)]
            return self._sort_out(cursor, rows, head)

    def _append_new(self, events: Sequence[Event], tenant: str) -> list[Appended]:
        with self.database.connection() as conn:
            head = self.recorder.append_new(conn, _parts(events), tenant)
        return [Appended(Outcome.NEW, head + number) for number in range(1, len(events) + 1)]

    def _sort_out(self, cursor: Cursor[TupleRow], rows: Sequence[Row], head: int) -> list[Appended]:
        """Tell those that are known from those that were appended after `head`."""
        recorded = self.recorder.existing(cursor, [row.key for row in rows])
        archived = _archived(cursor, [at for at, state in recorded.values() if not state])
        seen: set[Key] = set()
        outcomes = []
        conflicts = []
        for row in rows:
            position, state = recorded[row.key]
            if position > head and row.key not in seen:  # the first of its id in this call
                seen.add(row.key)
                outcomes.append(Appended(Outcome.NEW, position))
            elif (
                same_content(state, row.state)
                if state
                else archived[position].has_content(row.state)
            ):
                outcomes.append(Appended(Outcome.DUPLICATE, position))
            else:
                outcomes.append(Appended(Outcome.CONFLICT, position))
                conflicts.append(row)
        _note_conflicts(cursor, conflicts)
        return outcomes

    def page(
        self, cursor: Cursor[TupleRow], *, after: int, limit: int, max_bytes: int
    ) -> list[RecordedRow]:
        """Up to `limit` events after the position `after`, in order, with their payloads: no more
        of them than those of a page of the recorder, had they never been archived.

        Raises ArchiveError where a payload is archived and cannot be had.
        """
        rows = self.recorder.page(cursor, after=after, limit=limit, max_bytes=max_bytes)
        away = [row.position for row in rows if not row.state]
        return self._whole(rows, _archived(cursor, away), max_bytes) if away else rows

    def check_readable(self, cursor: Cursor[TupleRow], *, after: int) -> None:
        """Raise ArchiveError where a payload after the position `after` is archived and cannot be
        had, for who is about to read all of them."""
        cursor.execute(
            "select min(notification_id), max(notification_id) from cloudevents_events"
            " where archived is not null and notification_id > %s",
            (after,),
        )
        row = cursor.fetchone()
        if row is not None and row[0] is not None:
            self.payloads.check(row[0], row[1])

    def _whole(
        self, rows: Sequence[RecordedRow], archived: dict[int, _Archived], max_bytes: int
    ) -> list[RecordedRow]:
        """The rows with their payloads, as far as they go into `max_bytes`."""
        whole: list[RecordedRow] = []
        size = 0
        for row in rows:
            if whole and size >= max_bytes:
                break
            found = archived.get(row.position)
            size += found.stub.bytes if found and found.stub else len(row.state)
            if found is None:
                whole.append(row)
            elif found.stub is None:
                whole.append(row._replace(state=found.state))
            else:
                state = self.payloads.state(row.position, found.stub)
                whole.append(row._replace(state=state))
        return whole


def _archived(cursor: Cursor[TupleRow], positions: Sequence[int]) -> dict[int, _Archived]:
    if not positions:
        return {}
    cursor.execute(
        "select notification_id, state, archived::text from cloudevents_events"
        " where notification_id = any(%s)",
        (list(positions),),
        binary=True,
        prepare=False,
    )
    return {
        position: _Archived(bytes(state), None if text is None else read_stub(text))
        for position, state, text in cursor.fetchall()
    }


def _parts(events: Sequence[Event]) -> Iterator[Columns]:
    for first in range(0, len(events), _PART):
        part = events[first : first + _PART]
        keys = [identity(event.source, event.id) for event in part]
        yield keys, [event.type for event in part], [event.state for event in part]


def _note_conflicts(cursor: Cursor[TupleRow], rows: Sequence[Row]) -> None:
    for row in rows:
        cursor.execute(
            "insert into conflicts (tenant, originator_id, digest, state) values (%s, %s, %s, %s)"
            " on conflict (tenant, originator_id, digest)"
            " do update set times = conflicts.times + 1",
            (row.tenant, row.originator_id, hashlib.sha256(row.state).digest(), row.state),
        )
