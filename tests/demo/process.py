"""The demo as a process of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE_SECONDS = 180.0


class Demo:
    """A running demo; `said` and `shown` are its standard error and output so far."""

    def __init__(self, folder: Path, *arguments: str, port: int | None = None, **more: str) -> None:
        environ = {
            **os.environ,
            **more,
            "XDG_DATA_HOME": str(folder / "share"),
            "STREAMGAUGE_DATA_DIR": str(folder / "data"),
            # Whoever tests this may have a service of their own on 8080.
            **({} if port is None else {"STREAMGAUGE_PORT": str(port)}),
            # The demo must not go there.
            "DATABASE_URL": "postgresql://nobody@192.0.2.1:1/none",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamgauge", "demo", *arguments],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._threads = [
            threading.Thread(target=self._read, args=(name,), daemon=True) for name in self.lines
        ]
        for thread in self._threads:
            thread.start()

    @property
    def said(self) -> str:
        return "".join(self.lines["stderr"])

    @property
    def shown(self) -> str:
        return "".join(self.lines["stdout"])

    def wait_for(self, text: str) -> re.Match[str]:
        def found() -> re.Match[str] | None:
            assert self.process.poll() is None or re.search(text, self.said), self.said
            return re.search(text, self.said)

        assert eventually(found, PATIENCE_SECONDS), self.said
        match = found()
        assert match is not None
        return match

    def end(self, number: int | None = None) -> int:
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE_SECONDS)
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        return code

    def _read(self, name: str) -> None:
        stream = getattr(self.process, name)
        with stream:
            for line in stream:
                self.lines[name].append(line)


@contextmanager
def running(folder: Path, *arguments: str, port: int | None = None, **more: str) -> Iterator[Demo]:
    demo = Demo(folder, *arguments, port=port, **more)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.process.kill()
        demo.end()


def eventually(condition: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def processes_of(folder: Path) -> list[int]:
    """Everything that runs for the folder: its environment or its command line names it."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            text = (path / "environ").read_bytes() + (path / "cmdline").read_bytes()
            if str(folder).encode() in text:
                found.append(int(path.name))
    return found


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
