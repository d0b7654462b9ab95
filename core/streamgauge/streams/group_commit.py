"""One durable transaction for all the requests that are waiting for one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from streamgauge.cloudevents import Event
from streamgauge.errors import DatabaseUnavailable
from streamgauge.streams.cloudevents_log import Appended

Append = Callable[[Sequence[Event]], list[Appended]]
_Request = tuple[Sequence[Event], "asyncio.Future[list[Appended]]"]


class GroupCommit:
    """Joins the appends of concurrent requests.

    While one transaction is on its way to the disk, what arrives gathers, and goes into the next
    one. There is no timer: a request that finds the log idle is written at once. Each caller
    waits for its own events to be durable. All methods belong to one event loop.
    """

    def __init__(
        self, append: Append, *, max_events: int = 1000, max_bytes: int = 16 * 1024 * 1024
    ) -> None:
        self._append = append
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._waiting: deque[_Request] = deque()
        self._writer: asyncio.Task[None] | None = None
        # The recorder is synchronous. One thread is right: a second writer would only wait for
        # the log's lock.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="append")

    async def append(self, events: Sequence[Event]) -> list[Appended]:
        """What became of each event, once it is on disk. Raises what the log's append raises."""
        future: asyncio.Future[list[Appended]] = asyncio.get_running_loop().create_future()
        self._waiting.append((events, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await future

    async def close(self) -> None:
        """Wait for what is being written, then stop."""
        if self._writer is not None:
            await self._writer
        self._thread.shutdown()

    async def _write(self) -> None:
        while self._waiting:
            requests = self._gather()
            try:
                await self._flush(requests)
            except DatabaseUnavailable as error:
                _fail(requests, error)
            except Exception:
                # One request's events cannot be written. The others must not suffer for it.
                for request in requests:
                    try:
                        await self._flush([request])
                    except Exception as error:
                        _fail([request], error)

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

    async def _flush(self, requests: Sequence[_Request]) -> None:
        events = [event for group, _ in requests for event in group]
        loop = asyncio.get_running_loop()
        outcomes = await loop.run_in_executor(self._thread, self._append, events)
        start = 0
        for group, future in requests:
            if not future.done():  # a caller that was cancelled waits no more
                future.set_result(outcomes[start : start + len(group)])
            start += len(group)


def _fail(requests: Sequence[_Request], error: Exception) -> None:
    for _, future in requests:
        if not future.done():
            future.set_exception(error)
