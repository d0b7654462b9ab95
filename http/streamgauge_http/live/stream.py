"""What one viewer is sent, for as long as it stays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from streamgauge_http.live import messages
from streamgauge_http.live.feed import Feed
from streamgauge_http.live.viewer import Viewer

HEARTBEAT_SECONDS: Final = 15.0
"""After so long without a byte a heartbeat is sent: proxies cut what says nothing for a minute."""


class Stream:
    """The bytes of the response, as Falcon takes them: it iterates, and closes whatever happens."""

    def __init__(
        self,
        feed: Feed,
        viewer: Viewer,
        changed: asyncio.Event,
        left: Callable[[], Awaitable[object]],
    ) -> None:
        """`changed` is set when there is something for the viewer; `left` returns when it is gone,
        or the server is about to be."""
        self._feed = feed
        self._viewer = viewer
        self._changed = changed
        self._left = left
        self._watch: asyncio.Task[None] | None = None
        self._over = False
        self._beat_at = 0.0

    def __aiter__(self) -> Stream:
        """It is its own iterator."""
        return self

    async def __anext__(self) -> bytes:
        """The next bytes, when there are some."""
        chunk = self._greet() if self._watch is None else await self._next()
        if chunk is None:
            raise StopAsyncIteration
        self._beat_at = asyncio.get_running_loop().time() + HEARTBEAT_SECONDS
        return chunk

    async def close(self) -> None:
        """Give up the place among the viewers."""
        self._over = True
        self._feed.leave(self._viewer)
        if self._watch is not None:
            self._watch.cancel()

    def _greet(self) -> bytes:
        self._watch = asyncio.create_task(self._notice())
        return messages.greeting(self._viewer.after)

    async def _notice(self) -> None:
        try:
            await self._left()
        finally:
            self._over = True
            self._changed.set()

    async def _next(self) -> bytes | None:
        viewer = self._viewer
        while not self._over:
            # The loop's other work goes on between two chunks, however much there is to send.
            await asyncio.sleep(0)
            self._changed.clear()
            if viewer.dropped is not None:
                return self._farewell(viewer.dropped)
            chunk = viewer.chunk()
            if chunk:
                return chunk
            if asyncio.get_running_loop().time() >= self._beat_at:
                return messages.heartbeat(viewer.after)
            if chunk is None:
                await self._wait()
        return None

    async def _wait(self) -> None:
        """Until there may be something."""
        if self._viewer.is_behind:
            await self._feed.catch_up(self._viewer)
            return
        try:
            async with asyncio.timeout_at(self._beat_at):
                await self._changed.wait()
        except TimeoutError:
            pass

    def _farewell(self, reason: str) -> bytes | None:
        """Of an event that stopped in the middle, the client drops what it has: it is told by that
        alone."""
        self._over = True
        return None if self._viewer.is_cut else messages.dropped(reason)
