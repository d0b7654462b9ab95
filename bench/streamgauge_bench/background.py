"""A steady stream of events to a running service, from a process of its own.

``python -m streamgauge_bench.background PORT RATE`` sends so many events a second until its
standard input is closed. It prints a line when it begins, and then how many were accepted, in how
many seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from streamgauge_bench.client import Client
from streamgauge_bench.events import mixed
from streamgauge_bench.processes import as_shipped
from streamgauge_http.supervisor import end_with_parent

CONNECTIONS = 16
"""So that an answer which takes its time does not hold up the next events."""


@dataclass(slots=True)
class Load:
    """What was sent; known when it is over."""

    accepted: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Accepted events per second."""
        return self.accepted / self.seconds


@contextmanager
def load(port: int, rate: int, url: str) -> Iterator[Load]:
    """Have the events sent as long as the block lasts."""
    found = Load()
    with subprocess.Popen(
        [sys.executable, "-m", "streamgauge_bench.background", str(port), str(rate)],
        env=as_shipped(url),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=end_with_parent,
    ) as process:
        try:
            if process.stdout is None or not process.stdout.readline():
                raise RuntimeError("the load in the background has not begun")
            yield found
            out, _ = process.communicate()
            if process.returncode:
                raise RuntimeError("the load in the background failed")
            found.accepted, found.seconds = json.loads(out)
        finally:
            process.kill()


class _Sender:
    """Sends what is due, over all of its connections; one that is late sends at once."""

    def __init__(self, port: int, rate: int) -> None:
        self.accepted = 0
        self._port = port
        self._rate = rate
        self._events = enumerate(mixed(sys.maxsize))
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._start = time.monotonic()

    def run(self) -> float:
        """Send until the standard input is closed, and return for how many seconds.

        Raises what a request has raised.
        """
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            senders = [pool.submit(self._send) for _ in range(CONNECTIONS)]
            sys.stdin.read()
            self._over.set()
            for sender in senders:
                sender.result()
        return time.monotonic() - self._start

    def _send(self) -> None:
        with Client(self._port) as client:
            while True:
                with self._lock:
                    number, event = next(self._events)
                if self._over.wait(max(0.0, self._start + number / self._rate - time.monotonic())):
                    return
                client.post("/cloudevents", event)
                with self._lock:
                    self.accepted += 1


def main() -> None:
    """Send, and say what was sent."""
    sender = _Sender(int(sys.argv[1]), int(sys.argv[2]))
    print("sending", flush=True)
    seconds = sender.run()
    json.dump([sender.accepted, seconds], sys.stdout)


if __name__ == "__main__":
    main()
