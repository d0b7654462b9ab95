"""How long a plugin's code may take for an event, and how much may come of it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import ParamSpec, TypeVar

from streamgauge.errors import StreamgaugeError

MOST_CDEVENTS = 10_000
"""So many CDEvents may come of one event."""
MOST_BYTES = 8 * 1024 * 1024
"""So large may one of them be, as JSON."""
PAGE_SECONDS = 5.0
"""After so long a page ends where it is: who says nothing for half a minute loses its lease."""
_AGAIN = 1.0
"""Seconds after which who has taken no notice is interrupted once more."""
_LEAST = 0.001
"""A timer of less than a microsecond is none at all, and never rings."""

P = ParamSpec("P")
T = TypeVar("T")


class BudgetExceeded(BaseException):
    """A transformer has taken too long. No Exception, so that a plugin's own handlers, which are
    meant for other things, let it pass."""


class TooMuch(StreamgaugeError):
    """More came of an event than can be meant."""


class Budget:
    """Interrupts what takes longer than `seconds`, by a signal.

    Python runs a signal's handler in the main thread, at the next instruction, or out of a call
    that waits; so does a regular expression that goes on for ever. There the code is interrupted
    where it is, and nothing else is. In any other thread nothing can be, and nothing is.

    What never comes back to Python, C code that asks for no signals, is not interrupted.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._since: float | None = None
        self._watching = False

    @contextmanager
    def page(self) -> Iterator[None]:
        """What `spend` is called within: the signal is ours for so long."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGALRM, self._ring)
        self._watching = True
        # Once a page, not once an event: the handler asks how long the event at hand has taken.
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        try:
            yield
        finally:
            self._watching = False  # first: who rings just now must not wind it up again
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def spend(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        """What `work` gives. Raises BudgetExceeded."""
        try:
            try:
                self._since = time.monotonic()
                return work(*args, **more)
            finally:
                self._since = None
        except BudgetExceeded:
            self._since = None  # it may have come in the line above
            raise

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if not self._watching:
            return
        since = self._since
        left = self.seconds if since is None else since + self.seconds - time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, max(left, _LEAST) if left > 0 else _AGAIN)
        if left <= 0:
            raise BudgetExceeded(
                f"took longer than {self.seconds:g} s, which transformer_timeout allows"
            )
