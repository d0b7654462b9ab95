"""What the tests of the embedded PostgreSQL do to real processes and real folders."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from streamgauge.postgres.embedded import Binaries, EmbeddedPostgres, find_binaries, places
from streamgauge.postgres.embedded.places import popen_as
from streamgauge.postgres.embedded.processes import pidfile_process

FOUND = find_binaries(os.environ)
IS_ROOT = os.geteuid() == 0

needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root runs programs as other accounts")
needs_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent died"
)

USER = """
import sys, pathlib
from streamgauge.postgres.embedded import EmbeddedPostgres
held = EmbeddedPostgres.acquire(pathlib.Path(sys.argv[1]), options={"fsync": "off"})
print(held.keeper_pid, held.url, flush=True)
sys.stdin.read()
held.release()
"""
"""A process that holds the server of a folder until its stdin ends."""


def processes() -> dict[int, str]:
    """The command line of every process."""
    found = {}
    if Path("/proc/self/cmdline").exists():
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                found[int(path.parent.name)] = path.read_bytes().replace(b"\0", b" ").decode()
    else:
        said = subprocess.run(["ps", "-axo", "pid=,command="], capture_output=True, text=True)
        for line in said.stdout.splitlines():
            pid, _, command = line.strip().partition(" ")
            found[int(pid)] = command
    return found


def of_folder(folder: Path) -> dict[int, str]:
    """The keeper and the postgres of a folder; postgres's own children are named differently."""
    return {pid: line for pid, line in processes().items() if str(folder) in line}


def eventually(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def query(url: str, sql: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(sql).fetchone()  # type: ignore[call-overload]
        return row[0] if row else None


def execute(url: str, sql: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(sql)  # type: ignore[call-overload]


def answers(url: str) -> bool:
    try:
        return query(url, "select 1") == 1
    except psycopg.OperationalError:
        return False


def make_folder() -> Path:
    """One that other accounts can reach, unlike tmp_path."""
    path = Path(tempfile.mkdtemp(prefix="sg-test-", dir="/tmp")).resolve()
    path.chmod(0o755)
    return path


def acquire(folder: Path, **arguments: object) -> EmbeddedPostgres:
    """Quick and not durable: the tests kill processes, not the machine."""
    arguments.setdefault("options", {"fsync": "off"})
    return EmbeddedPostgres.acquire(folder / "data", **arguments)  # type: ignore[arg-type]


class User:
    """Another process that holds the server."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        keeper, self.url = self.process.stdout.readline().split()
        self.keeper_pid = int(keeper)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def leave(self) -> None:
        self.process.communicate()
        assert self.process.returncode == 0


def log_of(folder: Path) -> str:
    return (folder / "data" / "postgres.log").read_text()


def keeper_of(folder: Path) -> int:
    (pid,) = [pid for pid, line in of_folder(folder).items() if "embedded.keeper" in line]
    return pid


def postmaster_of(folder: Path) -> int:
    pid = pidfile_process(folder / "data" / "postgres")
    assert pid is not None
    return pid


def fake_binaries(folder: Path, initdb: str) -> Binaries:
    folder.mkdir()
    folder.chmod(0o755)
    for name, script in (("postgres", "exit 1"), ("initdb", initdb)):
        version = f'[ "$1" = --version ] && echo "{name} (PostgreSQL) 17.3" && exit 0'
        (folder / name).write_text(f"#!/bin/sh\n{version}\n{script}\n")
        (folder / name).chmod(0o755)
    (found,) = [
        binaries
        for binaries in find_binaries({"STREAMGAUGE_PG_BINDIR": str(folder)})
        if binaries.origin == "STREAMGAUGE_PG_BINDIR"
    ]
    assert (found.version, found.major) == ("17.3", 17)
    return found


def can_run(python: str, environ: dict[str, str], account: places.Account) -> bool:
    command = [python, "-c", "import psycopg, streamgauge"]
    try:
        done = subprocess.run(
            command, **popen_as(account), cwd="/", env=environ, capture_output=True
        )
    except OSError:
        return False
    return done.returncode == 0
