"""One durable transaction for all the requests that are waiting for one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from streamgauge.cloudevents import Event
from streamgauge.errors import DatabaseUnavailable
from streamgauge.streams.cloudevents_log import Appended

Append = Callable[[Sequence[Event]], list[Appended]]
_Request = tuple[Sequence[Event], "asyncio.Future[list[Appended]]"]
_Result = list[Appended] | Exception
# Turns of the loop from one transaction to the next: in the first the answers are written, in the
# second their clients' next requests are read, in the third those get here. Where there is nothing
# to do they take no time; where the machine is busy, half as many transactions again would be
# written without them, and each costs as much as several events.
_TURNS_BETWEEN = 3


class GroupCommit:
    """Joins the appends of concurrent requests.

    While one transaction is on its way to the disk, what arrives gathers, and goes into the next
    one, together with what the loop finds to read right after the answers. There is no timer: a
    request that finds the log idle is written at once. Each caller waits for its own events to be
    durable. All methods belong to one event loop.
    """

    def __init__(
        self, append: Append, *, max_events: int = 1000, max_bytes: int = 16 * 1024 * 1024
    ) -> None:
        self._append = append
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._waiting: deque[_Request] = deque()
        self._idle: asyncio.Future[None] | None = None
        """Where something is being written: done when nothing is any more."""
        # The recorder is synchronous. One thread is right: a second writer would only wait for
        # the log's lock.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="append")

    async def append(self, events: Sequence[Event]) -> list[Appended]:
        """What became of each event, once it is on disk. Raises what the log's append raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Appended]] = loop.create_future()
        self._waiting.append((events, future))
        if self._idle is None:
            self._idle = loop.create_future()
            # Soon, not now: with what else this turn of the loop brings.
            loop.call_soon(self._write_next, loop)
        return await future

    async def close(self) -> None:
        """Wait for what is being written, then stop."""
        if self._idle is not None:
            await self._idle
        self._thread.shutdown()

    def _write_next(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting:
            self._thread.submit(self._write, loop, self._gather())
        elif self._idle is not None:
            self._idle.set_result(None)
            self._idle = None

    def _gather(self) -> list[_Request]:
        """The next requests that fit into one transaction; at least one."""
        requests: list[_Request] = []
        count = size = 0
        while self._waiting:
            events = self._waiting[0][0]
            count += len(events)
            size += sum(len(event.state) for event in events)
            if requests and (count > self._max_events or size > self._max_bytes):
                break
            requests.append(self._waiting.popleft())
        return requests

    def _write(self, loop: asyncio.AbstractEventLoop, requests: Sequence[_Request]) -> None:
        """In the thread: write the requests, and let the loop tell those who wait."""
        try:
            results = self._together(requests)
        except DatabaseUnavailable as error:
            results = [error] * len(requests)
        except Exception:
            # One request's events cannot be written. The others must not suffer for it.
            results = [self._alone(request) for request in requests]
        loop.call_soon_threadsafe(self._written, loop, requests, results)

    def _together(self, requests: Sequence[_Request]) -> list[_Result]:
        outcomes = iter(self._append([event for events, _ in requests for event in events]))
        return [list(islice(outcomes, len(events))) for events, _ in requests]

    def _alone(self, request: _Request) -> _Result:
        try:
            return self._append(request[0])
        except Exception as error:
            return error

    def _written(
        self,
        loop: asyncio.AbstractEventLoop,
        requests: Sequence[_Request],
        results: Sequence[_Result],
    ) -> None:
        for (_, future), result in zip(requests, results, strict=True):
            if future.done():  # a caller that was cancelled waits no more
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
        self._let_gather(loop, _TURNS_BETWEEN)

    def _let_gather(self, loop: asyncio.AbstractEventLoop, turns: int) -> None:
        if turns:
            loop.call_soon(self._let_gather, loop, turns - 1)
        else:
            self._write_next(loop)
