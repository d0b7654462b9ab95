"""HTTP connections to one place, kept open between calls, each call with one deadline."""

from __future__ import annotations

import http.client
import io
import select
import socket
import ssl
import time
import weakref
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import SplitResult

from streamgauge import __version__

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes of an answer that are read; what is longer is cut one byte behind."""
_LATE = "no whole answer by the deadline"
_IDLE = 64


class Answered(NamedTuple):
    """What came back: names in lower case."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for known, value in self.headers if known == name), None)


class Connections:
    """Connections to the place in a URL; threads may share it."""

    def __init__(self, url: SplitResult) -> None:
        self._url = url
        self._path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self._context = ssl.create_default_context() if url.scheme == "https" else None
        self._idle: list[http.client.HTTPConnection] = []
        weakref.finalize(self, _close_all, self._idle)

    def post(self, headers: Sequence[tuple[str, str]], body: bytes, deadline: float) -> Answered:
        """Send a request, and return the whole answer, by a deadline of the monotonic clock.

        Raises OSError, TimeoutError among them, and HTTPException.
        """
        connection = self._take() or self._open(deadline)
        kept = False
        try:
            connection.sock.settimeout(_left(deadline))  # for all that is sent, not for each send
            connection.response_class = _by(deadline)
            named = {"User-Agent": f"streamgauge/{__version__}", **dict(headers)}
            connection.request("POST", self._path, body, named)
            response = connection.getresponse()
            found = [(name.lower(), value) for name, value in response.getheaders()]
            if not response.chunked:
                _check_lengths(value for name, value in found if name == "content-length")
            answer = response.read(LARGEST_ANSWER + 1)
            if response.length and len(answer) <= LARGEST_ANSWER:
                raise http.client.IncompleteRead(answer, response.length)
            kept = response.isclosed() and connection.sock is not None
            return Answered(response.status, found, answer)
        finally:
            if kept and len(self._idle) < _IDLE:
                self._idle.append(connection)
            else:
                connection.close()

    def _take(self) -> http.client.HTTPConnection | None:
        """A connection that was kept, and that the other side has kept too."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was quicker
                return None
            readable = select.poll()
            readable.register(connection.sock, select.POLLIN)
            if not readable.poll(0):  # there is nothing to read before the next answer but the end
                return connection
            connection.close()
        return None

    def _open(self, deadline: float) -> http.client.HTTPConnection:
        host, port, seconds = self._url.hostname or "", self._url.port, _left(deadline)
        if self._context is None:
            connection = http.client.HTTPConnection(host, port, timeout=seconds)
        else:
            connection = http.client.HTTPSConnection(
                host, port, timeout=seconds, context=self._context
            )
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        return connection


class _Timed(io.RawIOBase):
    """What is read of a socket, each read with the time that is left then.

    A timeout of the socket's own begins anew with each byte.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_left(self._deadline))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _by(deadline: float) -> type[http.client.HTTPResponse]:
    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **more: Any) -> None:
            super().__init__(sock, *args, **more)
            self.fp.close()
            self.fp = io.BufferedReader(_Timed(sock, deadline))

    return Response


def _check_lengths(values: Iterable[str]) -> None:
    """Raise for a length that is none: how much of the answer has come cannot be known then, and
    nothing would be taken for all of it."""
    lengths = {value.strip() for value in values}
    wrong = [value for value in lengths if not (value.isascii() and value.isdigit())]
    if wrong or len(lengths) > 1:
        raise http.client.HTTPException(f"Content-Length is {', '.join(sorted(lengths))!r}")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError(_LATE)
    return left


def _close_all(connections: list[http.client.HTTPConnection]) -> None:
    for connection in connections:
        connection.close()
