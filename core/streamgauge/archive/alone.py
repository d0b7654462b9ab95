"""One at a time works on the archive of a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streamgauge.errors import ArchiveError
from streamgauge.postgres.database import Database
from streamgauge.processors.lease import Lease


@contextmanager
def alone(database: Database) -> Iterator[Callable[[], None]]:
    """Nobody else archives or restores while the block lasts; what it gives is to be called now and
    then, as a sign of life. Raises ArchiveError where somebody is at it."""
    with Lease(database, "archive", channels=()) as lease:
        if not lease.try_acquire():
            raise ArchiveError("another archive or restore of this log is at work; wait for it")
        yield lease.stir
