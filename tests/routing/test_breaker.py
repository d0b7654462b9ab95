"""The circuit breaker, by itself: a clock, and everybody who may come."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from streamgauge.routing.breaker import FIRST_PAUSE, LONGEST_PAUSE, Breaker

LIMIT = 3


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

    @property
    def open(self) -> bool:
        return self.row >= LIMIT

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
        self.probing = False

    @precondition(lambda self: self.under_way)
    @rule()
    def somebody_fails(self) -> None:
        self.breaker.failed()
        self.under_way -= 1
        late = self.open and not self.probing
        self.row += 1
        self.probing = False
        if self.open and not late:
            self.opened += 1
            pause = min(FIRST_PAUSE * 2 ** (self.opened - 1), LONGEST_PAUSE)
            self.open_until = self.now + pause

    @precondition(lambda self: self.under_way)
    @rule()
    def somebody_cannot_tell(self) -> None:
        self.breaker.release()
        self.under_way -= 1
        self.probing = False

    @rule(seconds=st.floats(0.0, LONGEST_PAUSE))
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
        later = self.open_until <= self.now + LONGEST_PAUSE
        assert later
        if not self.probing and self.now >= self.open_until:
            assert self.breaker.ready


TestBreaking = Breaking.TestCase
TestBreaking.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
