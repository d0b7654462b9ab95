"""The command `archive` with small files and batches, which tells of each of its steps: so that a
test can kill it at any of them.

A `.` is written before each transaction and each time that something is to be on the disk.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.archive import files, taking
from streamgauge.cli import main
from streamgauge.postgres.database import Database

EVENTS, BATCH = 60, 13


def tell() -> None:
    os.write(1, b".\n")


def telling() -> None:
    """Have each step of this process told when it begins."""
    begin, sync = Database.transaction, os.fsync

    @contextmanager
    def transaction(self: Database, **more: Any) -> Iterator[Cursor[TupleRow]]:
        tell()
        with begin(self, **more) as cursor:
            yield cursor
            tell()

    def fsync(number: int) -> None:
        tell()
        sync(number)

    Database.transaction = transaction  # type: ignore[method-assign, assignment]
    os.fsync = fsync  # type: ignore[assignment]


if __name__ == "__main__":
    files.MOST_EVENTS = EVENTS
    taking.BATCH = BATCH
    telling()
    main(["archive", *sys.argv[1:]])
