"""Statistics are exact: those of Postgres, and of fractions, in whatever order amounts come."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge.postgres.database import Database
from streamgauge_dora.asking.statistics import (
    lower_median,
    mean,
    mean_of_means,
    median,
    median_of_medians,
    percentile,
    rounded,
)
from streamgauge_dora.defining.sections import ROUNDINGS

seconds = st.floats(-1e12, 1e12) | st.integers(-(10**6), 10**9).map(float)
amounts = st.lists(seconds, min_size=1, max_size=30)
marked = st.lists(st.tuples(st.sampled_from("abc"), seconds), min_size=1, max_size=30)
parts = st.floats(0.0001, 99.9999) | st.integers(1, 99)
SQL = """
select percentile_cont(%(part)s) within group (order by x),
       percentile_disc(0.5) within group (order by x),
       percentile_cont(0.5) within group (order by x)
from unnest(%(amounts)s::float8[]) as x
"""


@given(amounts=amounts, part=parts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_percentiles_are_those_of_postgres(
    shared_database: Database, amounts: list[float], part: float
) -> None:
    with shared_database.transaction() as cursor:
        cursor.execute(SQL, {"part": part / 100, "amounts": amounts})
        expected = cursor.fetchone()
    assert (percentile(amounts, part), lower_median(amounts), median(amounts)) == expected


@given(amounts=amounts)
def test_a_mean_is_the_exact_sum_through_the_number(amounts: list[float]) -> None:
    assert mean(amounts) == float(sum(map(Fraction, amounts))) / len(amounts)


@given(amounts=amounts, part=parts, data=st.data())
def test_the_order_of_amounts_changes_nothing(
    amounts: list[float], part: float, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(amounts))
    for statistic in (median, lower_median, mean):
        assert statistic(shuffled) == statistic(amounts)
    assert percentile(shuffled, part) == percentile(amounts, part)


@given(marked=marked, data=st.data())
def test_of_those_that_belong_together_each_pile_counts_once(
    marked: list[tuple[str, float]], data: st.DataObject
) -> None:
    piles = defaultdict(list)
    for mark, amount in data.draw(st.permutations(marked)):
        piles[mark].append(amount)
    assert mean_of_means(marked) == mean([mean(pile) for pile in piles.values()])
    assert median_of_medians(marked) == median([median(pile) for pile in piles.values()])


@given(
    value=st.floats(-1e9, 1e9, allow_subnormal=False)
    | st.integers(-(10**5), 10**6).map(lambda n: n * 60.0)
)
def test_rounded_is_the_nearest_whole_one_in_its_direction(value: float) -> None:
    """Down is towards zero, as the systems that do so have it."""
    exact = Fraction(value)
    assert rounded(value, "none") == value
    up = ceil(exact / 60) * 60
    assert rounded(value, "minutes_up") == (up if up >= 0 else None)
    for how, size in (("minutes_down", 60), ("hours_down", 3600)):
        down = int(exact / size) * size
        assert rounded(value, how) == (down if down >= 0 else None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, (0.0, 0, 0, 0)),
        (0.001, (0.001, 60, 0, 0)),
        (60.0, (60.0, 60, 60, 0)),
        (60.001, (60.001, 120, 60, 0)),
        (3599.999, (3599.999, 3600, 3540, 0)),
        (3600.0, (3600.0, 3600, 3600, 3600)),
        (-0.001, (-0.001, 0, 0, 0)),
        (-59.999, (-59.999, 0, 0, 0)),
        (-60.0, (-60.0, None, None, 0)),
        (-60.001, (-60.001, None, None, 0)),
        (-3600.0, (-3600.0, None, None, None)),
    ],
)
def test_the_edges_of_rounded(value: float, expected: tuple[float | None, ...]) -> None:
    assert tuple(rounded(value, how) for how in ROUNDINGS) == expected
