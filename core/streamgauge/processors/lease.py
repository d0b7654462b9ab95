"""One active holder per processor, whatever the number of replicas."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import psycopg
from psycopg.sql import SQL, Identifier

from streamgauge.errors import DatabaseUnavailable
from streamgauge.postgres.database import Database

LOCK_CLASS = 0x5349
POLL_SECONDS = 1.0


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

    def acquire(self, stopped: Callable[[], bool]) -> bool:
        """Wait until this process is the holder; False when `stopped` says so before."""
        connection = self._database.connect()
        self._connection = connection
        while not stopped():
            row = connection.execute(
                "select pg_try_advisory_lock(%s, hashtext(%s))", (LOCK_CLASS, self._processor)
            ).fetchone()
            if row is not None and row[0]:
                # Listen first, read then: an append in between is read, not missed.
                for channel in self._channels:
                    connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
                return True
            time.sleep(POLL_SECONDS)
        return False

    def wait(self, seconds: float = POLL_SECONDS) -> None:
        """Return when something was appended, and after `seconds` in any case.

        With 0 it only takes what has arrived: a holder that is busy for hours must not leave its
        notifications to pile up in the server. Raises DatabaseUnavailable where the connection,
        and so the lease, is lost.
        """
        if self._connection is None:
            raise DatabaseUnavailable("the lease is not held")
        try:
            for _ in self._connection.notifies(timeout=seconds, stop_after=1 if seconds else None):
                pass
        except psycopg.Error as error:
            raise DatabaseUnavailable(f"the lease on {self._processor} is lost: {error}") from error

    def release(self) -> None:
        """Let another process have it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()
