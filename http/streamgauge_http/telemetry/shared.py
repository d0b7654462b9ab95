"""The counts of all processes of a service, told by whichever of them is asked.

Each process has a file in a folder of memory, which it writes at most once a second. gunicorn's own
process adds the file of one that has ended to that of the dead, so that no sum ever falls.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from streamgauge_http.telemetry.counting import (
    Counted,
    Durations,
    Values,
    add_up,
    add_up_durations,
)

_DEAD = "dead"


class Told(NamedTuple):
    """What one process, or several together, have counted."""

    counters: Values
    gauges: Values
    durations: Durations


def together(many: list[Told]) -> Told:
    """The sums of all."""
    return Told(
        add_up(each.counters for each in many),
        add_up(each.gauges for each in many),
        add_up_durations(each.durations for each in many),
    )


class Shared:
    """What this process has counted, and what the others of its service have told.

    Make it before they are forked: each has its own counts then. Without a folder there is this
    process alone.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.counted = Counted()
        self._folder = folder

    def write(self) -> None:
        """Tell the others."""
        if self._folder is not None:
            with _locked(self._folder, fcntl.LOCK_SH):
                _write(self._folder / str(os.getpid()), _told(self.counted))

    def read(self) -> Told:
        """All together, as the others have told it."""
        if self._folder is None:
            return _told(self.counted)
        with _locked(self._folder, fcntl.LOCK_SH):
            _write(self._folder / str(os.getpid()), _told(self.counted))
            return together([_read(path) for path in _files(self._folder)])

    def bury(self, pid: int) -> None:
        """Add what a process that has ended had told to what the dead have; it measures nothing."""
        if self._folder is None:
            return
        path = self._folder / str(pid)
        with _locked(self._folder, fcntl.LOCK_EX):
            if path.exists():
                dead = [_read(each) for each in (path, self._folder / _DEAD) if each.exists()]
                _write(self._folder / _DEAD, together(dead)._replace(gauges={}))
                path.unlink()


@contextmanager
def shared() -> Iterator[Shared]:
    """One for a service, in a folder that is there as long as the process that has made it."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
    folder = Path(tempfile.mkdtemp(prefix="streamgauge-", dir=memory))
    maker = os.getpid()
    try:
        yield Shared(folder)
    finally:
        if os.getpid() == maker:  # a process that was forked within leaves by here too
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    """Nobody reads or writes while a file is added to that of the dead: it would be counted twice,
    or not at all."""
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, kind)
        yield


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name == _DEAD or path.name.isdigit()]


def _told(counted: Counted) -> Told:
    return Told(counted.counters(), counted.gauges(), counted.durations)


def _write(path: Path, told: Told) -> None:
    """At once for who reads: a file is another one or the same."""
    document = [
        {name: [*samples.items()] for name, samples in told.counters.items()},
        {name: [*samples.items()] for name, samples in told.gauges.items()},
        [*told.durations.items()],
    ]
    new = path.with_name(f"{os.getpid()}.new")
    new.write_text(json.dumps(document))
    new.replace(path)


def _read(path: Path) -> Told:
    counters, gauges, durations = json.loads(path.read_text())
    return Told(_values(counters), _values(gauges), {tuple(k): v for k, v in durations})


def _values(read: dict[str, Any]) -> Values:
    return {name: {tuple(k): v for k, v in samples} for name, samples in read.items()}
