"""A curve in one line: higher is not lower, nothing is a gap, and every value has its letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.cli.sparkline import ASCII, BLOCKS, GAP, LONGEST, sparkline

VALUES = st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=LONGEST)
ENCODINGS = {"utf-8": BLOCKS, "ascii": ASCII, "latin-1": ASCII, "no-such": ASCII}


@given(VALUES, st.sampled_from(sorted(ENCODINGS)))
def test_every_value_has_its_letter(values: list[float | None], encoding: str) -> None:
    line, levels = sparkline(values, encoding), ENCODINGS[encoding]
    assert len(line) == len(values)
    assert [letter == GAP for letter in line] == [value is None for value in values]
    assert set(line) <= {GAP, *levels}
    known = [(v, levels.index(c)) for v, c in zip(values, line, strict=True) if v is not None]
    for value, level in known:
        for other, level_of_other in known:
            assert level <= level_of_other or value > other


@given(VALUES.filter(lambda values: any(value and value > 0 for value in values)))
def test_the_largest_is_at_the_top_and_zero_at_the_bottom_of_what_is_not_negative(
    values: list[float | None],
) -> None:
    heights = [None if value is None else abs(value) for value in values]
    line = sparkline(heights, "utf-8")
    largest = max(value for value in heights if value is not None)
    assert line[heights.index(largest)] == BLOCKS[-1]
    assert all(c == BLOCKS[0] for v, c in zip(heights, line, strict=True) if v == 0)


def test_what_changes_little_looks_so() -> None:
    assert sparkline([100, 101, 99], "utf-8") == "███"
    assert sparkline([1, None, 4, 8, 0], "utf-8") == "▂ ▅█▁"
    assert sparkline([1, None, 4, 8, 0], "ascii") == ". =#_"
    assert sparkline([0, 0], "utf-8") == "▁▁"
    assert sparkline([], "utf-8") == ""


@pytest.mark.parametrize("many", [LONGEST + 1, 400])
def test_of_many_the_last_ones_are_shown(many: int) -> None:
    line = sparkline([0.0] * (many - 1) + [1.0], "utf-8")
    assert len(line) == LONGEST
    assert line[-1] == BLOCKS[-1]
