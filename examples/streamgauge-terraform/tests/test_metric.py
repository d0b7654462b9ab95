"""The metric: what it counts, what it leaves out, and that the order does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from streamgauge_terraform.apply_wait import REASONS, ApplyEvent, apply

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def told(*steps: tuple[bool, int]) -> list[ApplyEvent]:
    """Events of a run, each with whether it waits and a minute; in the order of their times."""
    return [
        ApplyEvent("default", "run-1", waits, START + timedelta(minutes=minute), "shop", "live")
        for waits, minute in sorted(steps, key=lambda step: step[1])
    ]


def test_a_run_waits_from_the_first_time_that_it_asks() -> None:
    item = apply(told((True, 2), (True, 10), (False, 32)))
    assert item is not None
    assert (item.amount, item.left_out, item.at) == (1800, None, START + timedelta(minutes=32))
    assert item.dimensions == {"tenant": "default", "service": "shop", "environment": "live"}


def test_what_applies_by_itself_is_left_out_and_what_has_not_applied_is_nothing_yet() -> None:
    by_itself = apply(told((False, 5)))
    assert by_itself is not None
    assert by_itself.left_out == "not_waiting"
    assert apply(told((True, 5))) is None


def test_a_clock_that_is_wrong_is_named() -> None:
    item = apply(told((False, 5), (True, 6)))
    assert item is not None
    assert item.left_out == "applies_before_it_waits"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 90)), max_size=8))
def test_whatever_is_told_it_counts_or_says_why_not(steps: Sequence[tuple[bool, int]]) -> None:
    item = apply(told(*steps))
    if item is None:
        assert all(waits for waits, _ in steps)
    elif item.left_out is None:
        assert item.amount is not None
        assert item.amount >= 0
    else:
        assert item.left_out in REASONS
