"""Keeps the parts of `serve` running as processes of their own, and ends them with itself."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from types import FrameType

logger = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
# Loaded here, since little may be done between fork and exec.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_GRACE_SECONDS = 40.0  # a little more than gunicorn's own
_BACKGROUND_NICENESS = 5  # a third of the weight of the others, where the processors are all busy


class Supervisor:
    """Starts one process per part, starts again what ends by itself, and passes SIGTERM on.

    `parts` maps a name to the arguments of the ``streamgauge`` command. A part that fails at once
    because it was started wrongly, with exit code 1 or 2 before it ever ran for a while, ends the
    supervisor with the same code: starting it again would not help.

    The parts named in `background` give way to the others where the machine is busy.
    """

    def __init__(
        self,
        parts: Mapping[str, Sequence[str]],
        *,
        environ: Mapping[str, str],
        background: Collection[str] = (),
    ) -> None:
        self._parts = parts
        self._background = background
        self._environ = dict(environ)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._due: dict[str, float] = dict.fromkeys(parts, 0.0)
        self._pauses: dict[str, float] = dict.fromkeys(parts, _FIRST_PAUSE)
        self._stopping = False
        self._settled: set[str] = set()

    def run(self) -> None:
        """Run until SIGTERM or SIGINT. Call it on the main thread."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        try:
            while not self._stopping:
                self._start_what_is_due()
                time.sleep(0.1)
                self._look()
        finally:
            self._end()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        for name, due in self._due.items():
            if name not in self._processes and now >= due:
                self._started[name] = now
                self._processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "streamgauge", *self._parts[name]],
                    env=self._environ,
                    preexec_fn=partial(_begin, background=name in self._background),
                    # Ctrl-C goes to the whole terminal group; the parts end when we tell them.
                    process_group=0,
                )

    def _look(self) -> None:
        now = time.monotonic()
        for name, process in list(self._processes.items()):
            if process.poll() is None:
                if now - self._started[name] > 5:
                    self._settled.add(name)
                    self._pauses[name] = _FIRST_PAUSE
                continue
            del self._processes[name]
            if process.returncode in (1, 2) and name not in self._settled:
                raise SystemExit(process.returncode)
            logger.warning("%s ended with %s; starting it again", name, process.returncode)
            self._due[name] = now + self._pauses[name]
            self._pauses[name] = min(self._pauses[name] * 2, _LONGEST_PAUSE)

    def _end(self) -> None:
        for process in self._processes.values():
            process.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        for process in self._processes.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _begin(*, background: bool) -> None:
    if background:
        os.nice(_BACKGROUND_NICENESS)
    end_with_parent()


def end_with_parent() -> None:
    """In the child: SIGTERM when the parent is gone, even by kill -9 (Linux only)."""
    if _LIBC is not None:
        parent = os.getppid()
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was gone before the line above
            os._exit(1)
