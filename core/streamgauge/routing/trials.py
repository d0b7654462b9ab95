"""Tries functions that are left alone beside the pages: who does not answer holds up nobody."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from streamgauge.cdevents import CDEvent
from streamgauge.routing.handlers import Task

_AT_ONCE = 32


class Trials:
    """One event for each function, whose answer is written when it is there.

    The event is that of a dead letter, and its answer is taken where the letter is retried. What
    nobody takes is forgotten: the letter is as it was.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="trial")
        self._begun: dict[str, tuple[int, Future[Sequence[CDEvent]]]] = {}

    def begin(self, task: Task) -> None:
        """Call the function for the event, and go on."""
        assert task.function is not None
        future = self._pool.submit(task.function.transform, task.state)
        self._begun[task.handler.name] = task.row.position, future

    @property
    def handlers(self) -> Sequence[str]:
        """The functions that are being tried, or have answered."""
        return list(self._begun)

    def answered(self) -> Sequence[tuple[str, int]]:
        """The functions that are done, and the positions of their events."""
        return [(name, place) for name, (place, future) in self._begun.items() if future.done()]

    def knows(self, task: Task) -> bool:
        """Whether there is an answer for the event."""
        return (task.handler.name, task.row.position) in self.answered()

    def take(self, task: Task) -> Future[Sequence[CDEvent]] | None:
        """What became of the event; None where it was not tried."""
        return self._begun.pop(task.handler.name)[1] if self.knows(task) else None

    def forget(self, handler: str) -> None:
        """What was asked is no longer wanted."""
        del self._begun[handler]

    def wait(self) -> bool:
        """Wait until all are done; whether there were any."""
        wait([future for _, future in self._begun.values()])
        return bool(self._begun)
