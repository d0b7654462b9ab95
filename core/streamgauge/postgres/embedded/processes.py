"""Telling and ending processes: what the keeper needs to know about a postgres."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from streamgauge.postgres.embedded.places import Account

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> Callable[[], None] | None:
    """A `preexec_fn`: the program gets SIGINT when this process ends, by kill -9 too.

    Linux only. SIGINT is what postgres shuts down on cleanly and at once. The kernel forgets the
    wish when the account changes, and subprocess calls a preexec_fn after that change. The wish
    is tied to the thread that forks, so fork from the main thread only.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask_the_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # it ended before the kernel was asked

    return ask_the_kernel


def read_pidfile(pgdata: Path) -> list[str]:
    """The lines of postmaster.pid: process id first, the state last; none if there is no file."""
    try:
        return (pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def pidfile_process(pgdata: Path) -> int | None:
    """The process that postmaster.pid names; None if there is no usable file."""
    lines = read_pidfile(pgdata)
    return int(lines[0]) if lines and lines[0].isdecimal() else None


def disown_pidfile(pgdata: Path, account: Account | None) -> None:
    """Make postmaster.pid, which names an unrelated process, name this one.

    Postgres takes a file that names its own parent for stale. It still reads from the rest of it
    whether a backend of the dead server lives; without the file it could not.
    """
    path = pgdata / "postmaster.pid"
    lines = [str(os.getpid()), *read_pidfile(pgdata)[1:]]
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if account is not None:
            os.fchown(descriptor, account.uid, account.gid)
        file.write("\n".join(lines) + "\n")


def is_postgres_of(pid: int, pgdata: Path) -> bool | None:
    """Whether `pid` is a postgres that works on `pgdata`; None if that cannot be told.

    A process id from a file may belong to anybody by now.
    """
    if not Path("/proc/self/comm").exists():
        return _ps_says_postgres(pid, pgdata)
    process = Path("/proc") / str(pid)
    try:
        if (process / "comm").read_text().strip() != "postgres":
            return False
        # Postgres works in its data folder.
        return (process / "cwd").readlink() == pgdata.resolve()
    except (FileNotFoundError, ProcessLookupError):
        return False
    except PermissionError:
        return None


def stop_postgres_of(pgdata: Path) -> bool:
    """Stop a postgres that an earlier keeper left behind; whether `pgdata` is free now."""
    pid = pidfile_process(pgdata)
    for wanted, seconds in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        if pid is None or not is_postgres_of(pid, pgdata):
            return True
        os.kill(pid, wanted)
        end = time.monotonic() + seconds
        while time.monotonic() < end and is_postgres_of(pid, pgdata):
            time.sleep(0.01)
    return pid is None or not is_postgres_of(pid, pgdata)


def _ps_says_postgres(pid: int, pgdata: Path) -> bool:
    command = ["ps", "-p", str(pid), "-o", "command="]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout
    return "postgres" in said and str(pgdata) in said
