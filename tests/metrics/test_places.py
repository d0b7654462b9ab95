"""Pages of an explanation go on behind the item that was last, whatever came meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.errors import InvalidQuery
from streamgauge.metrics.places import Place

numbers = st.sets(st.integers(0, 200), max_size=30)


def items(of: set[int]) -> list[dict[str, Any]]:
    return [{"id": number, "amount": number / 7} for number in sorted(of)]


@given(numbers, numbers, st.integers(1, 7))
def test_no_item_comes_twice_and_none_of_the_first_is_missed(
    first: set[int], more: set[int], limit: int
) -> None:
    """More facts come after each page, earlier and later ones."""
    have, seen, place = set(first), [], Place()
    coming = sorted(more)
    while True:
        found = items(have)
        start = place.within(found)
        page = found[start : start + limit]
        seen += [item["id"] for item in page]
        if start + limit >= len(found):
            break
        place = Place.parse(str(Place.behind(found, start + limit)))
        have |= {coming.pop()} if coming else set()
    assert len(seen) == len(set(seen))
    assert first <= set(seen)


@given(numbers, st.integers(0, 40))
def test_where_nothing_has_come_it_is_the_number(of: set[int], number: int) -> None:
    found = items(of)
    number = min(number, len(found))
    assert Place.behind(found, number).within(found) == number


def test_where_the_item_is_another_by_now_it_is_the_number() -> None:
    place = Place.behind(items({1, 2, 3}), 2)
    assert place.within([{"id": 1}, {"id": 2, "amount": 0}, {"id": 3}]) == 2


@pytest.mark.parametrize("text", ["", "-1", "1-", "1-zz", "1-" + "a" * 15, "9" * 10, "１", "1 "])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        Place.parse(text)
    assert refused.value.where == "cursor"
