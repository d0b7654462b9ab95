"""Answers that are kept for as long as they hold, up to so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final

MOST_BYTES: Final = 16 * 1024 * 1024


class Kept:
    """Bodies by their tags; those that were asked for last stay. Threads may share it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, tag: str) -> bytes | None:
        """The body, if it is still here."""
        with self._lock:
            body = self._bodies.get(tag)
            if body is not None:
                self._bodies.move_to_end(tag)
            return body

    def put(self, tag: str, body: bytes) -> None:
        """Keep it, and let go of those that nobody has asked for longest."""
        with self._lock:
            self._bytes += len(body) - len(self._bodies.pop(tag, b""))
            self._bodies[tag] = body
            while self._bytes > self._most:
                _, gone = self._bodies.popitem(last=False)
                self._bytes -= len(gone)
