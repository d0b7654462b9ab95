"""The life of an incident, as the changes of its ticket tell it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.sources.tickets import turns


@pytest.mark.parametrize(
    ("was", "now", "was_over", "over", "expected"),
    [
        (False, False, False, True, []),
        (False, True, False, False, ["detected"]),
        (False, True, True, True, ["detected", "resolved"]),
        (True, True, False, True, ["resolved"]),
        (True, True, True, False, ["again"]),
        (True, True, True, True, []),
        (True, False, True, True, ["retracted"]),
    ],
)
def test_each_change_has_a_meaning(
    was: bool, now: bool, was_over: bool, over: bool, expected: list[str]
) -> None:
    assert turns(was=was, now=now, was_over=was_over, over=over) == expected


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_a_life_alternates_and_ends_as_the_ticket_does(life: list[tuple[bool, bool]]) -> None:
    told = [
        turn
        for (was, was_over), (now, over) in pairwise([(False, False), *life])
        for turn in turns(was=was, now=now, was_over=was_over, over=over)
    ]
    openings = [turn in ("detected", "again") for turn in told]
    # One that is over can still turn out to be none; nothing else is said twice.
    for one, two, turn in zip(openings, openings[1:], told[1:], strict=False):
        assert one != two or turn == "retracted"
    now, over = life[-1]
    assert (bool(openings) and openings[-1]) is (now and not over)
