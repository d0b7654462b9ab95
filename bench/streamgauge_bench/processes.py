"""A server in a process of its own, for the length of a measure."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

# It ends with the bench, even by kill -9.
from streamgauge_http.supervisor import end_with_parent

START_SECONDS = 60.0
STOP_SECONDS = 60.0
_LISTENING = re.compile(r"listening on http://[^:]+:(\d+)")
_OF_THE_USER = re.compile(r"STREAMGAUGE_.*|POSTGRESQL_.*|CE_ROUTES|DATABASE_URL")


def as_shipped(url: str) -> dict[str, str]:
    """The environment of a service with its default settings on this database."""
    kept = {name: value for name, value in os.environ.items() if not _OF_THE_USER.fullmatch(name)}
    return {**kept, "DATABASE_URL": url, "STREAMGAUGE_CONFIG": os.devnull}


@contextmanager
def listening(module: str, *arguments: str, environ: Mapping[str, str]) -> Iterator[int]:
    """Run the module until the end of the block; gives the port that it says it listens on.

    Raises RuntimeError, with the last that it said, where it says none.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        preexec_fn=end_with_parent,
    )
    last: deque[str] = deque(maxlen=10)
    found: list[int] = []
    said = threading.Event()

    def read() -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for line in lines:
                last.append(line)
                if not found and (listens := _LISTENING.search(line)):
                    found.append(int(listens[1]))
                    said.set()
        said.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        said.wait(START_SECONDS)
        if not found:
            raise RuntimeError(f"{module} does not listen: {''.join(last)}")
        yield found[0]
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        finally:
            process.kill()
            reader.join(1.0)
