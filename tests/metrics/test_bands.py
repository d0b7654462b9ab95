"""Bands: every edge of every year from both sides, and levels of one's own in any order."""

from __future__ import annotations

from math import inf, nextafter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge_dora.bands import HOUR, LIMITS, Band, Bands, Frequency, Level
from tests.conftest import ROOT

DAY, WEEK, MONTH, SIX_MONTHS = 24 * HOUR, 168 * HOUR, 730 * HOUR, 4380 * HOUR
YEARS = ("2019", "2021", "2023", "2024")
PAGE = (ROOT / "docs/reference/bands.md").read_text()

# The edge, the band on its better side and that on its worse side. A time's edge belongs to the
# worse side (less than), a rate's to the better (at most).
TIMES: dict[tuple[str, str], list[tuple[float, str, str]]] = {
    ("2019", "change_lead_time"): [
        (DAY, "elite", "high"),
        (WEEK, "high", "medium"),
        (MONTH, "medium", "low"),
    ],
    ("2021", "change_lead_time"): [
        (HOUR, "elite", "high"),
        (WEEK, "high", "medium"),
        (SIX_MONTHS, "medium", "low"),
    ],
    ("2023", "change_lead_time"): [
        (DAY, "elite", "high"),
        (WEEK, "high", "medium"),
        (MONTH, "medium", "low"),
    ],
    ("2024", "change_lead_time"): [
        (DAY, "elite", "high"),
        (WEEK, "high", "medium"),
        (MONTH, "medium", "low"),
    ],
    ("2019", "failed_deployment_recovery_time"): [(HOUR, "elite", "high"), (DAY, "high", "low")],
    ("2021", "failed_deployment_recovery_time"): [
        (HOUR, "elite", "high"),
        (DAY, "high", "medium"),
        (WEEK, "medium", "low"),
    ],
    ("2023", "failed_deployment_recovery_time"): [
        (HOUR, "elite", "high"),
        (DAY, "high", "medium"),
        (WEEK, "medium", "low"),
    ],
    ("2024", "failed_deployment_recovery_time"): [(HOUR, "elite", "high"), (DAY, "high", "low")],
}
RATES: dict[tuple[str, str], list[tuple[float, str, str]]] = {
    ("2019", "change_fail_rate"): [(0.15, "elite", "low")],
    ("2021", "change_fail_rate"): [(0.15, "elite", "high"), (0.30, "high", "low")],
    ("2023", "change_fail_rate"): [
        (0.05, "elite", "high"),
        (0.10, "high", "medium"),
        (0.15, "medium", "low"),
    ],
    ("2024", "change_fail_rate"): [
        (0.05, "elite", "medium"),
        (0.10, "medium", "high"),
        (0.20, "high", "low"),
    ],
}
ON_DEMAND, WEEKLY, MONTHLY = ("days_per_week", 5), ("days_per_week", 1), ("days_per_month", 1)
FREQUENCIES: dict[tuple[str, str], list[tuple[tuple[str, float], str, str]]] = {
    ("2021", "deployment_frequency"): [
        (ON_DEMAND, "elite", "high"),
        (MONTHLY, "high", "medium"),
        (("days_per_half_year", 1), "medium", "low"),
    ],
} | {
    (year, "deployment_frequency"): [
        (ON_DEMAND, "elite", "high"),
        (WEEKLY, "high", "medium"),
        (MONTHLY, "medium", "low"),
    ]
    for year in ("2019", "2023", "2024")
}


def name(year: str, metric: str, value: float | Frequency | None) -> str | None:
    band = Bands.named(year).of(metric, value)
    return None if band is None else band.name


def frequency(limit: str, days: float) -> Frequency:
    """With so many days by this measure, none by the harder ones and many by the easier."""
    measures = ("days_per_week", "days_per_month", "days_per_half_year")
    place = measures.index(limit)
    return Frequency(*(0.0 if n < place else days if n == place else 20.0 for n in range(3)))


@pytest.mark.parametrize(
    ("year", "metric", "edge", "better", "worse"),
    [(*key, *case) for key, cases in TIMES.items() for case in cases],
)
def test_edges_of_times(year: str, metric: str, edge: float, better: str, worse: str) -> None:
    assert name(year, metric, nextafter(edge, 0)) == better
    assert name(year, metric, edge) == worse
    assert name(year, metric, nextafter(edge, inf)) == worse


@pytest.mark.parametrize(
    ("year", "metric", "edge", "better", "worse"),
    [(*key, *case) for key, cases in RATES.items() for case in cases],
)
def test_edges_of_rates(year: str, metric: str, edge: float, better: str, worse: str) -> None:
    assert name(year, metric, nextafter(edge, 0)) == better
    assert name(year, metric, edge) == better
    assert name(year, metric, nextafter(edge, inf)) == worse


@pytest.mark.parametrize(
    ("year", "metric", "edge", "better", "worse"),
    [(*key, *case) for key, cases in FREQUENCIES.items() for case in cases],
)
def test_edges_of_frequencies(
    year: str, metric: str, edge: tuple[str, float], better: str, worse: str
) -> None:
    limit, days = edge
    assert name(year, metric, frequency(limit, nextafter(days, 0))) == worse
    assert name(year, metric, frequency(limit, days)) == better
    assert name(year, metric, frequency(limit, nextafter(days, inf))) == better


def test_every_limit_of_every_year_is_an_edge_above() -> None:
    edges = {key: {edge for edge, _, _ in cases} for key, cases in (TIMES | RATES).items()} | {
        key: {edge for edge, _, _ in cases} for key, cases in FREQUENCIES.items()
    }
    limits: dict[tuple[str, str], set[Any]] = {
        (year, metric): {
            (level.limit, level.at)
            if metric == "deployment_frequency"
            else level.at * (HOUR if metric != "change_fail_rate" else 1)
            for level in levels
            if level.limit
        }
        for year in Bands.names()
        for metric, levels in Bands.named(year).levels.items()
    }
    assert edges == limits
    assert tuple(Bands.names()) == YEARS


@pytest.mark.parametrize("year", YEARS)
def test_the_ends(year: str) -> None:
    for metric in ("change_lead_time", "failed_deployment_recovery_time", "change_fail_rate"):
        assert name(year, metric, 0) == "elite"
        assert name(year, metric, 1e12) == "low"
    assert name(year, "deployment_frequency", Frequency(7, 30, 180)) == "elite"
    assert name(year, "deployment_frequency", Frequency(0, 0, 0)) == "low"


@pytest.mark.parametrize("failed", range(101))
def test_a_rate_of_whole_percents_is_never_beside_its_edge(failed: int) -> None:
    """7 of 100 is the same share as 0.07 of the file, and so are 35 of 500."""
    expected = next(
        band for edge, band in [(5, "elite"), (10, "medium"), (20, "high"), (100, "low")]
        if failed <= edge
    )  # fmt: skip
    assert name("2024", "change_fail_rate", failed / 100) == expected
    assert name("2024", "change_fail_rate", (failed * 5) / 500) == expected


def test_2024s_fail_rates_are_not_in_order_and_say_so() -> None:
    bands = Bands.named("2024")
    note = "the levels of 2024 are not in order on this metric"
    assert [bands.of("change_fail_rate", rate) for rate in (0.05, 0.1, 0.2, 0.4)] == [
        Band("elite", note), Band("medium", note), Band("high", note), Band("low", note),
    ]  # fmt: skip
    assert bands.of("change_lead_time", DAY) == Band("high")


@pytest.mark.parametrize(
    ("year", "metric", "value", "band", "words"),
    [
        ("2023", "change_lead_time", WEEK, "medium", "medium and low took equally long"),
        ("2023", "change_lead_time", MONTH, "low", "no level took longer"),
        ("2023", "deployment_frequency", Frequency(0, 1, 6), "medium", "equally often"),
        ("2023", "failed_deployment_recovery_time", WEEK, "low", "no level took from one week"),
        ("2023", "change_fail_rate", 0.16, "low", "64 %"),
        ("2019", "change_fail_rate", 0.1, "elite", "elite, high and medium all had 0-15 %"),
        ("2019", "change_fail_rate", 0.3, "low", "no level had"),
        ("2021", "change_fail_rate", 0.2, "high", "high, medium and low all had 16-30 %"),
        ("2024", "failed_deployment_recovery_time", HOUR, "high", "high and medium both"),
    ],
)
def test_what_a_report_leaves_open_is_noted(
    year: str, metric: str, value: float | Frequency, band: str, words: str
) -> None:
    found = Bands.named(year).of(metric, value)
    assert found is not None and found.name == band
    assert words in (found.note or "")


@pytest.mark.parametrize("metric", [*LIMITS, "satisfaction"])
def test_no_value_and_no_levels_no_band(metric: str) -> None:
    assert Bands.named("2024").of(metric, None) is None
    assert Bands.named("2024").of("satisfaction", 1) is None
    assert Bands.named("2024").of("deployment_rework_rate", 0.1) is None


@pytest.mark.parametrize(
    ("year", "found", "band"),
    [
        ("2024", Frequency(None, None, None), None),
        ("2024", Frequency(5, None, None), "elite"),
        ("2024", Frequency(1, None, None), "high"),
        ("2024", Frequency(0, None, None), None),  # medium and low cannot be told apart
        ("2024", Frequency(0, 1, None), "medium"),
        ("2024", Frequency(0, 0, None), "low"),
        ("2021", Frequency(4, None, None), None),  # high needs a month
        ("2021", Frequency(4, 17, None), "high"),
        ("2021", Frequency(0, 0, None), None),  # medium and low need half a year
        ("2021", Frequency(0, 0, 0), "low"),
    ],
)
def test_a_range_too_short_to_tell_has_no_band(
    year: str, found: Frequency, band: str | None
) -> None:
    assert name(year, "deployment_frequency", found) == band


def test_a_value_of_another_metric_is_refused() -> None:
    with pytest.raises(TypeError, match="change_lead_time is not told by a Frequency"):
        Bands.named("2024").of("change_lead_time", Frequency(1, 4, 26))
    with pytest.raises(TypeError, match="deployment_frequency is not told by a float"):
        Bands.named("2024").of("deployment_frequency", 0.5)


numbers = st.floats(-1e9, 1e9)
counts = st.floats(0, 200)
frequencies = st.builds(Frequency, counts, counts, counts, counts)
pairs_of_frequencies = st.lists(st.tuples(counts, counts), min_size=3, max_size=3).map(
    lambda pairs: (Frequency(*map(min, pairs)), Frequency(*map(max, pairs)))
)
ORDER = ["elite", "high", "medium", "low"]
ORDER_OF_RATES_IN_2024 = ["elite", "medium", "high", "low"]


@pytest.mark.parametrize("year", YEARS)
@given(value=numbers, pair=numbers, often=pairs_of_frequencies)
def test_every_value_has_a_band_and_what_is_better_has_none_that_is_worse(
    year: str, value: float, pair: float, often: tuple[Frequency, Frequency]
) -> None:
    better, worse = sorted((value, pair))
    for metric in ("change_lead_time", "change_fail_rate", "failed_deployment_recovery_time"):
        odd = (year, metric) == ("2024", "change_fail_rate")
        order = ORDER_OF_RATES_IN_2024 if odd else ORDER
        found = [name(year, metric, better), name(year, metric, worse)]
        assert found == sorted(found, key=order.index)
    rarely, frequently = often
    found = [name(year, "deployment_frequency", each) for each in (frequently, rarely)]
    assert found == sorted(found, key=ORDER.index)


# The page


def cell(level: Level) -> str:
    if level.limit is None:
        return "the rest"
    if level.limit == "less_than_hours":
        return f"< {level.at:g} h"
    if level.limit == "at_most":
        return f"≤ {100 * level.at:g} %"
    many = "days" if level.at != 1 else "day"
    often = level.limit.removeprefix("days_per_").replace("half_year", "six months")
    return f"≥ {level.at:g} {many} {'in' if ' ' in often else 'a'} {often}"


@pytest.mark.parametrize("year", YEARS)
def test_the_page_has_the_years_limits_and_its_source(year: str) -> None:
    section = PAGE.partition(f"\n## {year}\n")[2].partition("\n## ")[0]
    bands = Bands.named(year)
    rows = [
        [text.strip().rpartition(": ")[2] for text in row.split("|")[1:-1]]
        for row in section.splitlines()
        if row.startswith("|")
    ][2:]
    assert rows == [
        [levels[0].name, *map(cell, levels)]
        for levels in zip(*bands.levels.values(), strict=True)
    ]  # fmt: skip
    assert bands.title in section
    for part in bands.source.split(", "):
        assert part in section
