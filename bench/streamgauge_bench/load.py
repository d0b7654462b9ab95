"""The client of the HTTP measures: keep-alive connections that wait for a 202, then send again.

It shares the machine with what it measures, so it does little: one process, blocking sockets and
a selector, requests that are one join of prepared bytes, and answers of which it checks the status
and the end. An answer that is not a bare 202 ends the run with an error; nothing else is counted.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

NUMBER = b"\0"
"""Where a request's number goes in its body; JSON has no such byte."""
DIGITS = 12
PATIENCE_SECONDS = 30.0
_ACCEPTED = b"HTTP/1.1 202 "
_SEND_BUFFER = 1024 * 1024  # a whole batch, so that sending one keeps no other client waiting


class LoadFailed(RuntimeError):
    """A request was not answered by a bare 202."""


class Requests:
    """Requests that differ by the number alone that stands in their body, wherever `NUMBER` is."""

    def __init__(self, path: str, content_type: str, body: bytes) -> None:
        size = len(body) + body.count(NUMBER) * (DIGITS - len(NUMBER))
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {size}\r\n\r\n"
        )
        self._parts = (head.encode() + body).split(NUMBER)

    def make(self, number: int) -> bytes:
        """The request with this number, head and body."""
        return (b"%0*d" % (DIGITS, number)).join(self._parts)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run gave: a latency, in seconds, for each request that was answered with 202."""

    latencies: Sequence[float]
    seconds: float
    """From the first request to the last answer."""

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.latencies) / self.seconds

    def milliseconds(self, part: float) -> float:
        """The latency that this part of the requests did not exceed; 0.99 is p99."""
        ordered = sorted(self.latencies)
        return ordered[min(int(part * len(ordered)), len(ordered) - 1)] * 1000


def run(port: int, clients: Sequence[Requests], numbers: Iterator[int], seconds: float) -> Run:
    """Let a client with a connection of its own send each of `clients` for so many seconds.

    No request is begun after that, and all that were begun are waited for. Every request takes its
    number from `numbers`. Raises LoadFailed, and OSError where the server goes away.
    """
    latencies: list[float] = []
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        connections = [stack.enter_context(_Connection(port, requests)) for requests in clients]
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        start = time.perf_counter()
        for connection in connections:
            connection.send(next(numbers))
        waiting = len(connections)
        while waiting:
            ready = selector.select(PATIENCE_SECONDS)
            if not ready:
                raise LoadFailed(f"no answer within {PATIENCE_SECONDS:.0f} s")
            for key, _ in ready:
                if not key.data.receive():
                    continue
                now = time.perf_counter()
                latencies.append(now - key.data.sent)
                if now - start < seconds:
                    key.data.send(next(numbers))
                else:
                    waiting -= 1
        return Run(latencies, time.perf_counter() - start)


class _Connection:
    __slots__ = ("_received", "_requests", "sent", "socket")

    def __init__(self, port: int, requests: Requests) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self.sent = 0.0
        self._requests = requests
        self._received = b""

    def __enter__(self) -> _Connection:
        return self

    def __exit__(self, *exc: object) -> None:
        self.socket.close()

    def send(self, number: int) -> None:
        request = self._requests.make(number)
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Whether the answer is complete. Raises LoadFailed unless it is, or may become, a 202."""
        piece = self.socket.recv(65_536)
        answer = self._received + piece
        if not piece or not answer.startswith(_ACCEPTED[: len(answer)]):
            raise LoadFailed(f"not a 202 but {answer[:1000]!r}")
        end = answer.find(b"\r\n\r\n")
        if end < 0:
            self._received = answer
            return False
        if end + 4 != len(answer):
            raise LoadFailed(f"a 202 with more than a head: {answer[:1000]!r}")
        self._received = b""
        return True
