"""A route's target that is a URL: a function, in any language, that answers CDEvents."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException

from streamgauge.cdevents import CDEvent
from streamgauge.cloudevents import http_binding
from streamgauge.errors import InvalidInput, StreamgaugeError
from streamgauge.routing.answers import read_answer
from streamgauge.routing.breaker import Away, Breaker
from streamgauge.routing.connections import Answered, Connections
from streamgauge.routing.hosts import read_url, shown
from streamgauge.traces import context_of

TRIES = 4
FIRST_PAUSE = 0.2
"""Seconds, at most, between the first try and the second; three times as many before the next."""
_LATER = {408, 425, 429}
"""Answers that ask for patience; so do all from 500 on."""
MOST_PATIENCE = 900.0
"""Seconds for which Retry-After is kept to: it may be a mistake, and nobody would notice."""
ATTEMPTS = 6
"""So often does an event fail, each time after others were answered, before it is parked."""
_UNSEEN = re.compile(r"[^\x20-\x7e]+")


class FunctionFailed(StreamgaugeError):
    """A function refused the event, or did not answer with CDEvents."""


class FunctionAway(Away):
    """A function could not be reached, or no answer be had from it that says anything."""


class _Again(Exception):
    """It may go well when it is tried again, after so many seconds if it said so."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class Function:
    """Posts the recorded event and reads the CDEvents in the answer. Threads may share one."""

    def __init__(self, url: str, *, binary: bool = False, seconds: float = 10.0) -> None:
        self.shown = shown(url)
        self.seconds = seconds
        self.breaker = Breaker()
        self._connections = Connections(read_url(url))
        self._message = http_binding.binary if binary else http_binding.structured
        self._last = ""
        self._answers = False
        self._failed: set[bytes] = set()
        """The events that have failed since the last answer; few, or the breaker would be open."""

    def transform(self, state: bytes) -> Sequence[CDEvent]:
        """The CDEvents that the function makes of the event; none for an empty answer.

        Tries again where that can help, all within `seconds`. Raises FunctionFailed, FunctionAway.
        """
        if not self.breaker.admit():
            raise self.left_alone()
        try:
            answered = self._call(state, time.monotonic() + self.seconds)
        except _Again as error:
            self._last = str(error)
            attempts = ATTEMPTS if self._is_to_blame(state) else None
            self.breaker.failed(leave_alone=min(error.after, MOST_PATIENCE))
            raise FunctionAway(f"{self.shown}: {error}", attempts=attempts) from None
        except BaseException:
            self.breaker.release()
            raise
        self.breaker.succeeded()
        self._answers = True
        self._failed.clear()
        return self._read(answered)

    def left_alone(self) -> FunctionAway:
        """What is raised in place of a call, while it is left alone."""
        return FunctionAway(
            f"{self.shown}: was not called: the circuit breaker is open, since the calls "
            f"before have failed ({self._last}); it is tried again by itself"
        )

    def _is_to_blame(self, state: bytes) -> bool:
        """Whether an event that fails may do so by its own fault: others were answered, since it
        failed before. A function that has answered nobody yet is away, for all that is known."""
        if not self.breaker.closed or state in self._failed:
            return False
        self._failed.add(state)
        return self._answers

    def _call(self, state: bytes, deadline: float) -> Answered:
        """The answer, whatever it says, but for those that ask to be tried again."""
        headers, body = self._message(state)
        headers = [*headers, *_trace(state)]
        for tried in range(1, TRIES + 1):
            try:
                return self._try(headers, body, deadline)
            except _Again as error:
                # Half of it by chance, so that those who failed together do not return together.
                pause = FIRST_PAUSE * 3 ** (tried - 1) * random.uniform(0.5, 1.0)  # noqa: S311
                pause = max(pause, error.after)
                if tried == TRIES or time.monotonic() + pause >= deadline:
                    tries = "1 try" if tried == 1 else f"{tried} tries"
                    raise _Again(f"{error}, after {tries}", error.after) from None
            time.sleep(pause)
        raise AssertionError

    def _try(self, headers: Sequence[tuple[str, str]], body: bytes, deadline: float) -> Answered:
        try:
            answered = self._connections.post(headers, body, deadline)
        except TimeoutError:
            raise _Again(f"no whole answer in {self.seconds:g} s") from None
        except (OSError, HTTPException) as error:
            raise _Again(f"{type(error).__name__}: {error}") from None
        if answered.status in _LATER or answered.status >= 500:
            wait = retry_after(answered.header("retry-after"))
            asked = f", and asked to be left alone for {wait:.0f} s" if wait else ""
            raise _Again(f"answered {answered.status}{_said(answered)}{asked}", wait)
        return answered

    def _read(self, answered: Answered) -> Sequence[CDEvent]:
        status = answered.status
        if 300 <= status < 400:
            where = shown(answered.header("location") or "")
            raise FunctionFailed(
                f"{self.shown}: answered {status}, a redirect to {where}, which is not followed: "
                "route to the function itself"
            )
        if not 200 <= status < 300:
            raise FunctionFailed(f"{self.shown}: answered {status}{_said(answered)}")
        try:
            return read_answer(answered)
        except InvalidInput as error:
            raise FunctionFailed(f"{self.shown}: in its answer, {error}") from None


def _trace(state: bytes) -> Sequence[tuple[str, str]]:
    """The headers that carry on the event's trace: over one hop they say what the event says."""
    context = context_of(state)
    if context is None:
        return ()
    headers = [("traceparent", context.traceparent), ("tracestate", context.tracestate or "")]
    return [(name, value) for name, value in headers if value]


def _said(answered: Answered) -> str:
    """The beginning of an answer's text, for whoever looks for the reason."""
    text = _UNSEEN.sub(" ", answered.body[:200].decode("latin-1")).strip()
    return f": {text}" if text else ""


def retry_after(value: str | None) -> float:
    """Seconds that a Retry-After header asks for: a number of them or a date; 0 for anything
    else."""
    if value is None:
        return 0.0
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        when = parsedate_to_datetime(value)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return 0.0
