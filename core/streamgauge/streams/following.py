"""Follows a log as it grows: what is appended, page by page, in the order of commits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

import psycopg
from psycopg import Connection, Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from streamgauge.archive.record import Stub
from streamgauge.errors import DatabaseUnavailable
from streamgauge.postgres.database import Database
from streamgauge.stages import builds
from streamgauge.streams import cdevents_log, cloudevents_log
from streamgauge.streams.browse import stubs_at
from streamgauge.streams.recorder import RecordedRow, StreamRecorder

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""How often a follower that is told nothing looks by itself."""
# Where events come in one by one, a page each would be a round trip and a turn of every viewer.
_BREATH = 0.05
_TICK = 0.2
_LONGEST_PAUSE = 5.0


class Head(NamedTuple):
    """The end of a log just now."""

    build: int
    """Which build of the log readers see; 0 of the log of CloudEvents, of which there is one."""
    position: int


class Page(NamedTuple):
    """Events in the order of their positions, and the build of the log that they are of."""

    build: int
    events: Sequence[RecordedRow]
    stubs: Mapping[int, Stub]
    """Of those whose payloads are archived, by their positions."""


class FollowedLog:
    """One of the two logs, as its readers see it: after a replay that is another build."""

    def __init__(self, database: Database, table: str) -> None:
        """`table` is that of the log of CloudEvents, or the view of the log of CDEvents."""
        self.database = database
        self.channel = table
        self._recorder = StreamRecorder(database.datastore, events_table_name=table)
        self._stage = table.removesuffix("_events") if table == cdevents_log.TABLE else None

    def head(self) -> Head:
        """The build that readers see, and the position of its newest event."""
        with self.database.transaction() as cursor:
            position = self._recorder.head(cursor)
            return Head(self._build(cursor), position)

    def page(self, after: int, *, limit: int, max_bytes: int) -> Page:
        """Up to `limit` events after the position, or the bytes of their documents; at least one,
        where there is one."""
        with self.database.transaction() as cursor:
            return self.read(cursor, after, limit=limit, max_bytes=max_bytes)

    def read(self, cursor: Cursor[TupleRow], after: int, *, limit: int, max_bytes: int) -> Page:
        """The same, in a transaction."""
        events = self._recorder.page(cursor, after=after, limit=limit, max_bytes=max_bytes)
        away = [row.position for row in events if not row.state]
        stubs = stubs_at(cursor, self.channel, away)
        if len(stubs) < len(away):  # put back between the two queries
            return self.read(cursor, after, limit=limit, max_bytes=max_bytes)
        # Asked second: whoever reads the view holds up the swap that would show another build.
        return Page(self._build(cursor), events, stubs)

    def _build(self, cursor: Cursor[TupleRow]) -> int:
        return builds.current(cursor, self._stage).number if self._stage else 0


LOGS = {"cloudevents": cloudevents_log.TABLE, "cdevents": cdevents_log.TABLE}
"""The tables of the logs by the names that they have in the API."""


class Follower:
    """Reads what is appended to a log after a position, in a thread and over a connection of its
    own, and hands it on.

    Each event comes once, whatever becomes of the connection. `take` is called in the thread, with
    a page at a time, and again with one of another build, which may hold no events, when readers
    are shown another one; the next is read when it has returned.
    """

    def __init__(
        self,
        log: FollowedLog,
        head: Head,
        take: Callable[[Page], object],
        *,
        limit: int,
        max_bytes: int,
    ) -> None:
        self._log = log
        self._build, self._after = head
        self._take = take
        self._limit = limit
        self._max_bytes = max_bytes
        self._stop = threading.Event()
        # A daemon: a process that ends at once does not wait for it.
        self._thread = threading.Thread(target=self._run, name=f"follow {log.channel}", daemon=True)
        self._thread.start()

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Have it end after what it is at, within a moment."""
        self._stop.set()

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def _run(self) -> None:
        pause = _TICK
        while not self._stop.is_set():
            try:
                with closing(self._log.database.connect()) as conn:
                    conn.execute(SQL("LISTEN {}").format(Identifier(self._log.channel)))
                    while not self._stop.is_set():
                        self._look(conn)
                        pause = _TICK
            except (DatabaseUnavailable, psycopg.Error) as error:
                logger.warning("the live feed of %s: %s; trying again", self._log.channel, error)
            except Exception:
                logger.exception("the live feed of %s failed; trying again", self._log.channel)
            self._stop.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _look(self, conn: Connection[TupleRow]) -> None:
        """Hand on what there is, or wait until there may be something."""
        with conn.transaction(), conn.cursor() as cursor:
            page = self._log.read(cursor, self._after, limit=self._limit, max_bytes=self._max_bytes)
        if page.events or page.build != self._build:
            self._build = page.build
            self._take(page)
        if not page.events:
            self._wait(conn)
            return
        self._after = page.events[-1].position
        if len(page.events) < self._limit:
            self._stop.wait(_BREATH)
        for _ in conn.notifies(timeout=0):  # or they would pile up in the server
            pass

    def _wait(self, conn: Connection[TupleRow]) -> None:
        for _ in range(round(POLL_SECONDS / _TICK)):
            told = [*conn.notifies(timeout=_TICK, stop_after=1)]
            if told or self._stop.is_set():
                return
