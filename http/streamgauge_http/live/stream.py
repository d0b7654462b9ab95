"""What one viewer is sent, for as long as it stays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from streamgauge.errors import DatabaseUnavailable
from streamgauge_http.live import messages
from streamgauge_http.live.feed import Feed
from streamgauge_http.live.viewer import Viewer
from streamgauge_http.refusals import Refusal

HEARTBEAT_SECONDS: Final = 15.0
"""After so long without a byte a heartbeat is sent: proxies cut what says nothing for a minute."""
CHECK_SECONDS: Final = 1.0
"""How long a viewer is sent events before it is asked again whether it may see them."""


class Stream:
    """The bytes of the response, as Falcon takes them: it iterates, and closes whatever happens."""

    def __init__(
        self,
        feed: Feed,
        viewer: Viewer,
        changed: asyncio.Event,
        *,
        left: Callable[[], Awaitable[object]],
        check: Callable[[], Awaitable[object]],
    ) -> None:
        """`changed` is set when there is something for the viewer; `left` returns when it is gone,
        or the server is about to be; `check` raises a Refusal where it may not watch any more."""
        self._feed = feed
        self._viewer = viewer
        self._changed = changed
        self._left = left
        self._check = check
        self._watch: asyncio.Task[None] | None = None
        self._over = False
        self._beat_at = self._check_at = 0.0

    def __aiter__(self) -> Stream:
        """It is its own iterator."""
        return self

    async def __anext__(self) -> bytes:
        """The next bytes, when there are some."""
        chunk = self._greet() if self._watch is None else await self._next()
        if chunk is None:
            raise StopAsyncIteration
        self._beat_at = _now() + HEARTBEAT_SECONDS
        return chunk

    async def close(self) -> None:
        """Give up the place among the viewers."""
        self._over = True
        self._feed.leave(self._viewer)
        if self._watch is not None:
            self._watch.cancel()

    def _greet(self) -> bytes:
        self._watch = asyncio.create_task(self._notice())
        self._check_at = _now() + CHECK_SECONDS
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
            await self._check_again()
            if viewer.dropped is not None:
                return self._farewell(viewer.dropped)
            chunk = viewer.chunk()
            if chunk:
                return chunk
            if _now() >= self._beat_at:
                return messages.heartbeat(viewer.after)
            if chunk is None:
                await self._wait()
        return None

    async def _check_again(self) -> None:
        """End a viewer whose token was revoked since, before it is sent anything more."""
        if _now() < self._check_at:
            return
        self._check_at = _now() + CHECK_SECONDS
        try:
            await self._check()
        except Refusal as refusal:
            self._viewer.end(refusal.reason)
        except DatabaseUnavailable:  # the tokens have never been read: it was open, and still is
            pass

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


def _now() -> float:
    return asyncio.get_running_loop().time()
