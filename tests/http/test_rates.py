"""The buckets: who keeps to its rate is never refused, who does not is, and memory is bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge_http.rates import Rates

SECOND = 1_000_000_000
MINUTE = 60 * SECOND

RATES = st.one_of(st.integers(1, 10), st.sampled_from([59, 60, 61, 7_000, 10**12]))
# Long ago and just now, and the steps in which a whole number of seconds is hidden.
PAUSES = st.one_of(
    st.integers(0, 3 * MINUTE),
    st.sampled_from([0, 1, SECOND - 1, SECOND, SECOND + 1, MINUTE - 1, MINUTE]),
)


class Clock:
    def __init__(self, now: int = 0) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@given(rate=RATES, start=st.integers(0, 10**18), pauses=st.lists(PAUSES, max_size=60))
def test_no_minute_sees_more_than_the_burst_and_the_rate(
    rate: int, start: int, pauses: list[int]
) -> None:
    clock = Clock(start)
    rates = Rates(rate, clock=clock)
    admitted: list[int] = []
    for pause in pauses:
        clock.now += pause
        if not rates.take("a"):
            admitted.append(clock.now)
    for first in admitted:
        assert sum(first <= at < first + MINUTE for at in admitted) <= 2 * rate


@given(rate=st.integers(1, 10), start=st.integers(0, 10**18), pauses=st.lists(PAUSES, max_size=80))
def test_who_keeps_to_the_rate_is_never_refused(rate: int, start: int, pauses: list[int]) -> None:
    """However unevenly it sends: in no minute more than the rate, and no more is asked of it."""
    clock = Clock(start)
    rates = Rates(rate, clock=clock)
    sent: list[int] = []
    for pause in pauses:
        clock.now += pause
        if sum(at > clock.now - MINUTE for at in sent) >= rate:
            clock.now = sent[-rate] + MINUTE
        sent.append(clock.now)
        assert rates.take("a") == 0


@given(rate=RATES, pauses=st.lists(PAUSES, max_size=60))
def test_a_retry_after_the_time_that_was_said_succeeds(rate: int, pauses: list[int]) -> None:
    clock = Clock()
    rates = Rates(rate, clock=clock)
    for pause in pauses:
        clock.now += pause
        seconds = rates.take("a")
        if seconds:
            assert 1 <= seconds <= 60
            clock.now += seconds * SECOND
            assert rates.take("a") == 0


@pytest.mark.parametrize("rate", [1, 7, 60])
def test_a_burst_is_a_minutes_worth(rate: int) -> None:
    rates = Rates(rate, clock=Clock())
    assert [rates.take("a") for _ in range(rate)] == [0] * rate
    assert rates.take("a") == -(-60 // rate)
    assert rates.take("b") == 0, "each sender has a bucket of its own"


def test_a_refusal_costs_nothing() -> None:
    clock = Clock()
    rates = Rates(1, clock=clock)
    assert [rates.take("a") for _ in range(5)] == [0, 60, 60, 60, 60]
    clock.now = MINUTE
    assert rates.take("a") == 0


def test_a_flood_of_invented_senders_grows_nothing_and_frees_nobody() -> None:
    clock = Clock()
    rates = Rates(5, clock=clock, most=100)
    for _ in range(5):
        rates.take("busy")
    for number in range(10_000):
        clock.now += 1
        assert rates.take(f"invented-{number}") == 0, "nobody is refused for what others send"
        assert len(rates) <= 100
    assert rates.take("busy") > 0


def test_buckets_that_are_full_again_are_the_first_to_be_forgotten() -> None:
    clock = Clock()
    rates = Rates(2, clock=clock, most=10)
    for number in range(9):
        rates.take(f"early-{number}")
    clock.now = MINUTE
    rates.take("late")
    rates.take("late")
    rates.take("another")
    assert len(rates) == 2
    assert rates.take("late") > 0
