"""The circuit breaker, by itself: a clock, and everybody who may come."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from streamgauge.routing.breaker import FIRST_PAUSE, LONGEST_PAUSE, Breaker

LIMIT = 3
MOST = 2 * LONGEST_PAUSE
"""Seconds that somebody asks for."""


class Breaking(RuleBasedStateMachine):
    """What is promised, said once more with a list of all that happened."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.breaker = Breaker(failures=LIMIT, clock=lambda: self.now)
        self.under_way = 0
        self.probing = False
        self.row = 0
        """Failures since the last success."""
        self.opened = 0
        """How often it has opened since."""
        self.open_until = 0.0
        self.told = False
        """Whether it was opened at once since the last success."""

    @property
    def open(self) -> bool:
        return self.told or self.row >= LIMIT

    @rule()
    def somebody_comes(self) -> None:
        admitted = self.breaker.admit()
        expected = not self.open or (self.now >= self.open_until and not self.probing)
        assert admitted == expected
        if admitted:
            self.under_way += 1
            self.probing = self.open

    @precondition(lambda self: self.under_way)
    @rule()
    def somebody_succeeds(self) -> None:
        self.breaker.succeeded()
        self.under_way -= 1
        self.row = self.opened = 0
        self.probing = self.told = False

    @precondition(lambda self: self.under_way)
    @rule(seconds=st.just(0.0) | st.floats(1.0, MOST))
    def somebody_fails(self, seconds: float) -> None:
        self.breaker.failed(leave_alone=seconds)
        self.under_way -= 1
        late = self.open and not self.probing
        self.row += 1
        self.told = self.told or seconds > 0
        self.probing = False
        if self.open and not late:
            self.opened += 1
            pause = min(FIRST_PAUSE * 2 ** (self.opened - 1), LONGEST_PAUSE)
            self.open_until = self.now + max(pause, seconds)

    @precondition(lambda self: self.under_way)
    @rule()
    def somebody_cannot_tell(self) -> None:
        self.breaker.release()
        self.under_way -= 1
        self.probing = False

    @rule(seconds=st.floats(0.0, MOST))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def it_is_as_it_should_be(self) -> None:
        assert self.breaker.closed == (not self.open)
        assert self.breaker.spotless == (self.row == 0)
        if self.open and self.now < self.open_until:
            assert not self.breaker.ready

    @invariant()
    def nobody_waits_for_ever(self) -> None:
        later = self.open_until <= self.now + MOST
        assert later
        if not self.probing and self.now >= self.open_until:
            assert self.breaker.ready


TestBreaking = Breaking.TestCase
TestBreaking.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
