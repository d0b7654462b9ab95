"""A client that is answered before it has sent everything still gets to read its answer.

Closing a socket with unread input makes the kernel send a reset, and a reset makes the client's
kernel throw away the answer that had already arrived. So the server only ends its own side, and
reads and drops what the client is still sending, within bounds.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from streamgauge_http.server.limits import Limits


class Owner(Protocol):
    """The protocol that the connection belonged to; it is told how the connection ends."""

    def connection_lost(self, exc: Exception | None) -> None: ...  # noqa: D102
    def pause_writing(self) -> None: ...  # noqa: D102
    def resume_writing(self) -> None: ...  # noqa: D102


class Lingering(asyncio.Protocol):
    """Takes a connection over and drops its input until the client ends, or a limit does."""

    def __init__(
        self,
        owner: Owner,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        limits: Limits,
    ) -> None:
        self._owner = owner
        self._transport = transport
        self._loop = loop
        self._quiet = limits.linger_quiet
        self._bytes_left = limits.linger_bytes
        self._end = loop.time() + limits.linger_total
        self._heard = False
        self._timer = loop.call_later(self._quiet, self._tick)
        transport.set_protocol(self)

    def data_received(self, data: bytes) -> None:
        """Drop the data. The client's end of input needs no code: asyncio closes on it."""
        self._heard = True
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand the end of the connection to its owner, who counts connections."""
        self._timer.cancel()
        self._owner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Part of an answer may still be waiting; its owner watches over that."""
        self._owner.pause_writing()

    def resume_writing(self) -> None:
        """See pause_writing."""
        self._owner.resume_writing()

    def _tick(self) -> None:
        now = self._loop.time()
        if self._heard and now < self._end:
            self._heard = False
            self._timer = self._loop.call_later(min(self._quiet, self._end - now), self._tick)
        else:
            self._transport.close()
