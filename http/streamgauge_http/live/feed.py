"""The feed of one log: read once for all who watch, and only while somebody does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, Final

from streamgauge.errors import DatabaseUnavailable
from streamgauge.streams.following import FollowedLog, Follower, Head, Page
from streamgauge_http.live.broadcast import MIB, Broadcast
from streamgauge_http.live.messages import Message
from streamgauge_http.live.selection import Selection
from streamgauge_http.live.viewer import Viewer

REPLACED: Final = "a replay has replaced the log, and positions are others now; begin anew"
_PAGE, _PAGE_BYTES = 500, MIB
# Of viewers that are before the window there may be hundreds, each with a page of its own.
_SMALL_PAGE, _SMALL_PAGE_BYTES = 100, MIB // 16
_AWAY_SECONDS: Final = 1.0

Query = Callable[..., Awaitable[Any]]
"""Calls a function that uses the database, in a thread."""
Encode = Callable[[Page], Iterator[Message]]


class Feed:
    """The viewers of one log. All methods belong to one event loop."""

    def __init__(self, log: FollowedLog, encode: Encode, query: Query) -> None:
        self._log = log
        self._encode = encode
        self._query = query
        self._build = 0
        self._broadcast: Broadcast | None = None
        self._follower: Follower | None = None
        self._turn = asyncio.Lock()

    def __len__(self) -> int:
        """How many viewers there are."""
        return len(self._broadcast.viewers) if self._broadcast else 0

    async def head(self) -> Head:
        """Where the log is. Raises DatabaseUnavailable."""
        head: Head = await self._query(self._log.head)
        return head

    def join(
        self, head: Head, after: int | None, selection: Selection, wake: Callable[[], object]
    ) -> Viewer:
        """A viewer of what comes after a position, or after the head where none is given."""
        if self._broadcast is None or head.build != self._build:
            self._close(REPLACED)
            self._broadcast = self._begin(head)
        # Beyond the head there is no position of this log: it is one of a log that was replaced.
        start = head.position if after is None else min(after, head.position)
        return self._broadcast.join(start, selection, wake)

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer that has ended."""
        viewer.leave()
        self._end_if_alone()

    async def catch_up(self, viewer: Viewer) -> None:
        """Give a viewer that is before the window the next page. One at a time, so that the other
        threads are left to those who ask."""
        try:
            async with self._turn:
                if viewer.is_behind:
                    build, messages = await self._query(self._read, viewer.after)
                    self._give(viewer, build, messages)
        except DatabaseUnavailable:
            await asyncio.sleep(_AWAY_SECONDS)

    async def stop(self) -> None:
        """End all viewers, and wait for the reader to end."""
        follower = self._follower
        self._close("the service stops; come back with Last-Event-ID")
        if follower is not None:
            await asyncio.to_thread(follower.join)

    def _begin(self, head: Head) -> Broadcast:
        broadcast = Broadcast(head.position)
        take = partial(self._hand_over, asyncio.get_running_loop(), broadcast)
        self._build = head.build
        self._follower = Follower(self._log, head, take, limit=_PAGE, max_bytes=_PAGE_BYTES)
        return broadcast

    def _close(self, reason: str) -> None:
        if self._follower is not None:
            self._follower.stop()
        if self._broadcast is not None:
            self._broadcast.end(reason)
        self._follower = self._broadcast = None

    def _end_if_alone(self) -> None:
        if self._broadcast is not None and not self._broadcast.viewers:
            self._close("")

    def _hand_over(self, loop: asyncio.AbstractEventLoop, broadcast: Broadcast, page: Page) -> None:
        """In the reader's thread: publish the page, and wait until that is done, since what is read
        faster than it is published would pile up."""
        messages = [*self._encode(page)]
        done = threading.Event()
        loop.call_soon_threadsafe(self._publish, broadcast, page.build, messages, done)
        done.wait()

    def _publish(
        self, broadcast: Broadcast, build: int, messages: list[Message], done: threading.Event
    ) -> None:
        done.set()
        if broadcast is not self._broadcast:
            return  # of a reader that was told to stop
        if build != self._build:
            self._close(REPLACED)
            return
        broadcast.publish(messages)
        self._end_if_alone()

    def _read(self, after: int) -> tuple[int, list[Message]]:
        page = self._log.page(after, limit=_SMALL_PAGE, max_bytes=_SMALL_PAGE_BYTES)
        return page.build, [*self._encode(page)]

    def _give(self, viewer: Viewer, build: int, messages: list[Message]) -> None:
        if viewer.dropped is not None or self._broadcast is None:
            return
        # What is before the window is in the log, unless that is another one by now.
        if build != self._build or not messages:
            self._broadcast.drop(viewer, REPLACED)
        else:
            self._broadcast.give(viewer, messages)
