"""A shell in which the commands of a page are run, one after the other."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

PATIENCE_SECONDS = 120.0


class Done(NamedTuple):
    """What a command ended with and printed."""

    status: int
    output: str


class Shell:
    """A bash; what a command exports, defines and changes to is there for the next one."""

    def __init__(self, folder: Path, environ: Mapping[str, str], preamble: str) -> None:
        self._scratch = folder / "commands"
        self._scratch.mkdir(parents=True)
        (folder / "work").mkdir()
        self.folder = folder / "work"
        self._count = 0
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=self.folder,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        assert self.run(preamble).status == 0

    def run(self, command: str) -> Done:
        """Run a command to its end."""
        self._count += 1
        file, output = (self._scratch / f"{self._count}.{each}" for each in ("sh", "out"))
        file.write_text(command + "\n", encoding="utf-8")
        assert self._process.stdin is not None
        self._process.stdin.write(f"source {file} >{output} 2>&1 </dev/null; echo ended $?\n")
        self._process.stdin.flush()
        status = self._status(command)
        return Done(status, output.read_text(encoding="utf-8", errors="replace"))

    def _status(self, command: str) -> int:
        assert self._process.stdout is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if select.select([self._process.stdout], [], [], 1)[0]:
                line = self._process.stdout.readline()
                if line.startswith("ended "):
                    return int(line.split()[1])
        raise AssertionError(f"did not end: {command}")

    def close(self) -> None:
        """End it, with everything that it has started."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
