"""Leaves alone what fails again and again, and tries now and then whether it is well."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from streamgauge.errors import StreamgaugeError

FAILURES = 5
"""So many in a row, and nothing else in between, are not one event's fault."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds between two trials: the first, and what doubling it comes to at most."""


class Away(StreamgaugeError):
    """What an event was for is not to be had now, through no fault of the event's.

    `attempts` is how many are made, by themselves, before somebody has to ask for one; None where
    this one does not count, since it may be nobody's fault but the handler's.
    """

    def __init__(self, reason: str, *, attempts: int | None = None) -> None:
        super().__init__(reason)
        self.attempts = attempts


class Breaker:
    """Closed, everything is admitted. Open, nothing is, until the pause is over; then one is.

    Whoever is admitted says afterwards whether it `succeeded` or `failed`, or that it cannot tell
    (`release`). Any success closes it.
    Threads may share one. It is in memory: a new process starts with it closed.
    """

    def __init__(
        self, *, failures: int = FAILURES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._pause = 0.0
        self._again = 0.0
        self._tried = False
        self.spotless = True
        """Whether nothing has failed since the last success: then another says nothing new."""

    @property
    def closed(self) -> bool:
        """Whether everything is admitted."""
        return self._failures < self._limit

    @property
    def ready(self) -> bool:
        """Whether somebody would be admitted now."""
        return self.closed or (not self._tried and self._clock() >= self._again)

    def admit(self) -> bool:
        """Whether to go ahead. True to one at a time, where it is tried whether all is well."""
        with self._lock:
            if self.closed:
                return True
            ready = self.ready
            self._tried = self._tried or ready
            return ready

    def succeeded(self) -> None:
        """Who was admitted has been answered: all is well."""
        with self._lock:
            self._failures, self._pause, self._tried, self.spotless = 0, 0.0, False, True

    def release(self) -> None:
        """Who was admitted cannot tell whether all is well."""
        with self._lock:
            self._tried = False

    def failed(self, *, leave_alone: float = 0.0) -> None:
        """Who was admitted has failed as everybody would have.

        Who was told how many seconds to `leave_alone` what failed opens it at once, for so long.
        What was begun before it opened and fails after that is no news.
        """
        with self._lock:
            self.spotless = False
            self._failures = self._limit if leave_alone else min(self._failures + 1, self._limit)
            if self.closed or (self._pause and not self._tried):
                return
            self._tried = False
            self._pause = min(max(FIRST_PAUSE, self._pause * 2), LONGEST_PAUSE)
            self._again = self._clock() + max(self._pause, leave_alone)
