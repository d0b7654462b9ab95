"""One active holder per processor, whatever the number of replicas."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from streamgauge.errors import DatabaseUnavailable
from streamgauge.postgres.database import Database
from streamgauge.postgres.frozen import FROZEN_SECONDS, end_frozen_holder

LOCK_CLASS = 0x5349
POLL_SECONDS = 1.0

REPLAY = "replay"
"""The lease of whoever replays: one at a time, since chains may have stages in common."""


def try_hold(cursor: psycopg.Cursor[TupleRow], processor: str) -> bool:
    """Keep others from getting the lease until the cursor's transaction ends; False where somebody
    has it."""
    cursor.execute("select pg_try_advisory_xact_lock(%s, hashtext(%s))", (LOCK_CLASS, processor))
    row = cursor.fetchone()
    return row is not None and bool(row[0])


class Lease:
    """The right to run one processor, held by a session advisory lock.

    The lock lives as long as its connection: it is free again as soon as the holder's process
    ends, however it ends, and standbys try once a second. The same connection listens for the
    notifications that a log sends on each append. A holder that lost its lease without noticing
    does no harm: positions are moved by compare-and-set.
    """

    def __init__(self, database: Database, processor: str, *, channels: Sequence[str]) -> None:
        self._database = database
        self._processor = processor
        self._channels = channels
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._stirred = time.monotonic()
        self._listens = False

    def acquire(self, stopped: Callable[[], bool]) -> bool:
        """Wait until this process is the holder; False when `stopped` says so before."""
        while not stopped():
            if self.try_acquire():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def try_acquire(self) -> bool:
        """Become the holder, if there is none; a holder that has not stirred for long is none."""
        connection = self._connection = self._connection or self._database.connect()
        with self._noticing_its_loss():
            if not self._lock(connection):
                end_frozen_holder(connection, LOCK_CLASS, self._processor, FROZEN_SECONDS)
                return False
        self._stirred = time.monotonic()
        self.listen()
        return True

    def _lock(self, connection: psycopg.Connection[tuple[object, ...]]) -> bool:
        row = connection.execute(
            "select pg_try_advisory_lock(%s, hashtext(%s))", (LOCK_CLASS, self._processor)
        ).fetchone()
        return row is not None and bool(row[0])

    def listen(self) -> bool:
        """Be told of what comes in from here on; whether it was not so before.

        Listen first, look then: what came before is found by looking, and nothing is missed.
        """
        if self._listens:
            return False
        with self._noticing_its_loss():
            for channel in self._channels:
                self._held().execute(SQL("LISTEN {}").format(Identifier(channel)))
        self._listens = True
        return True

    def cease_to_listen(self) -> None:
        """Be told no more: to tell costs Postgres a transaction for each that listens."""
        if self._listens:
            with self._noticing_its_loss():
                self._held().execute("UNLISTEN *")
            self._listens = False

    def wait(self, seconds: float = POLL_SECONDS) -> None:
        """Return when something was appended, and after `seconds` in any case.

        With 0 it only takes what has arrived: a holder that is busy for hours must not leave its
        notifications to pile up in the server. Raises DatabaseUnavailable where the connection,
        and so the lease, is lost.
        """
        self.stir()
        connection = self._held()
        with self._noticing_its_loss():
            for _ in connection.notifies(timeout=seconds, stop_after=1 if seconds else None):
                pass

    def stir(self) -> None:
        """Give the sign of life that standbys look for, if it is time. For who does not `wait`."""
        if time.monotonic() - self._stirred > FROZEN_SECONDS / 10:
            with self._noticing_its_loss():
                self._held().execute("select")
            self._stirred = time.monotonic()

    def _held(self) -> psycopg.Connection[tuple[object, ...]]:
        if self._connection is None:
            raise DatabaseUnavailable("the lease is not held")
        return self._connection

    @contextmanager
    def _noticing_its_loss(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise DatabaseUnavailable(f"the lease on {self._processor} is lost: {error}") from error

    def release(self) -> None:
        """Let another process have it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._listens = False

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()
