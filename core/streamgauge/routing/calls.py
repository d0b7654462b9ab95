"""Calls functions for several events at once, and gives the answers in the order of the log."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future

from streamgauge.cdevents import CDEvent
from streamgauge.routing.function import Function, FunctionAway
from streamgauge.routing.handlers import Task

_GRACE = 1.0
"""Seconds behind a call's deadline: who is late then waits for a name to be resolved, say."""


Answer = Future[Sequence[CDEvent]]


class Calls:
    """The calls of one page: at most `width` are open, the first ones of those that are not
    answered yet."""

    def __init__(self, begin: Callable[[Task], Answer], width: int, tasks: Iterable[Task]) -> None:
        self._begin_one = begin
        self._width = width
        self._waiting = deque(tasks)
        self._open: deque[tuple[Answer, Function, float]] = deque()

    @property
    def are_open(self) -> bool:
        """Whether there are calls whose answers nobody has taken yet."""
        return bool(self._open)

    def answer(self, *, more: bool) -> Sequence[CDEvent]:
        """What became of the next call; with `more`, others may be begun meanwhile.

        Raises what the function raises.
        """
        while self._waiting and len(self._open) < (self._width if more else 1):
            self._begin()
        future, function, late = self._open.popleft()
        try:
            return future.result(max(0.0, late - time.monotonic()))
        except TimeoutError:
            raise FunctionAway(f"{function.shown}: no answer in {function.seconds:g} s") from None

    def _begin(self) -> None:
        task = self._waiting.popleft()
        function = task.function
        assert function is not None
        late = time.monotonic() + function.seconds + _GRACE
        self._open.append((self._begin_one(task), function, late))
