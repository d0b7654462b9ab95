"""The log of the embedded server: one file for postgres and the keeper, of limited size."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

LOG = 2
"""The keeper's stderr is the log, and so is that of the programs it starts."""


def note(text: str) -> None:
    """Write a line of the keeper's own to the log."""
    now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    with contextlib.suppress(OSError):  # a full disk must not end the keeper
        os.write(LOG, f"{now} [{os.getpid()}] KEEPER:  {text}\n".encode())


def read_log(descriptor: int, start: int = 0) -> bytes:
    """The log from `start` on, or its last part if that is long."""
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, 65_536, max(min(start, size), size - 65_536))


def last_lines(text: bytes, count: int = 12) -> str:
    """The last lines of what a program said."""
    return "\n".join(text.decode(errors="replace").strip().splitlines()[-count:])


def limit_log(path: Path, limit: int = 8 * 1024 * 1024) -> None:
    """Move what is in the log to `postgres.log.1` once it is large.

    The log is emptied in place, because postgres has it open.
    """
    size = os.fstat(LOG).st_size
    if size <= limit:
        return
    old = path.with_name(f"{path.name}.1")
    with contextlib.suppress(OSError):
        old.unlink(missing_ok=True)
        descriptor = os.open(old, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.pread(LOG, limit, size - limit))
    os.ftruncate(LOG, 0)
