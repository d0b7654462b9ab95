"""A client that stops reading its answer must not hold a connection for ever."""

from __future__ import annotations

import asyncio


class WriteWatch:
    """Cuts the connection off when no byte of what waits to be sent has been taken for a time.

    A slow client that goes on reading is left alone. The timer runs only between `start` and
    `stop`.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, timeout: float
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._timeout = timeout
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to watch; nothing changes if that has been done."""
        if self._timer is None:
            self._wait()

    def stop(self) -> None:
        """Watch no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def hurry(self, timeout: float) -> None:
        """Have less patience from now on."""
        self._timeout = timeout
        if self._timer is not None:
            self._timer.cancel()
            self._wait()

    def _wait(self) -> None:
        waiting = self._transport.get_write_buffer_size()
        self._timer = self._loop.call_later(self._timeout, self._check, waiting)

    def _check(self, before: int) -> None:
        if self._transport.get_write_buffer_size() < before:
            self._wait()
        else:
            self._transport.abort()
