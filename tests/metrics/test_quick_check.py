"""The Quick Check: what a measured value answers, and what scores answers get."""

from __future__ import annotations

import re
from math import inf, nextafter
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge_dora.bands import Frequency
from streamgauge_dora.quick_check import (
    METRICS,
    STABILITY,
    THROUGHPUT,
    Benchmark,
    answer,
    benchmarks,
    score,
    scores,
)
from tests.conftest import ROOT

HOUR = 3600
TIMES = ("change_lead_time", "failed_deployment_recovery_time")
PAGE = (ROOT / "docs/reference/bands.md").read_text().partition("\n## The Quick Check\n")[2]


@pytest.mark.parametrize("metric", TIMES)
@pytest.mark.parametrize(
    ("hours", "below", "above"), [(1, 6, 5), (24, 5, 4), (168, 4, 3), (730, 3, 2), (4380, 2, 1)]
)
def test_edges_of_times(metric: str, hours: int, below: int, above: int) -> None:
    assert answer(metric, nextafter(hours * HOUR, 0)) == below
    assert answer(metric, hours * HOUR) == above
    assert answer(metric, nextafter(hours * HOUR, inf)) == above


@pytest.mark.parametrize(
    ("measured", "category"),
    [
        (Frequency(7, 30, 180), 6),
        (Frequency(5, 20, 120), 6),
        (Frequency(nextafter(5, 0), 20, 120), 4),  # never 5: days do not tell how many in one
        (Frequency(1, 4, 26), 4),
        (Frequency(nextafter(1, 0), 4, 26), 3),
        (Frequency(0, 1, 6), 3),
        (Frequency(0, nextafter(1, 0), 6), 2),
        (Frequency(0, 0, 1), 2),
        (Frequency(0, 0, nextafter(1, 0)), 1),
        (Frequency(0, 0, 0), 1),
        (Frequency(1, None, None), 4),
        (Frequency(0, None, None), None),
        (Frequency(0, 0, None), None),
        (Frequency(None, None, None), None),
    ],
)
def test_edges_of_frequencies(measured: Frequency, category: int | None) -> None:
    assert answer("deployment_frequency", measured) == category


@pytest.mark.parametrize("metric", STABILITY)
@pytest.mark.parametrize(
    ("share", "percent"), [(0, 0), (0.125, 12.5), (0.5, 50), (1, 100), (1.5, 100)]
)
def test_shares_answer_percentages(metric: str, share: float, percent: float) -> None:
    assert answer(metric, share) == percent


@pytest.mark.parametrize("metric", METRICS)
def test_no_value_is_no_answer_and_no_score(metric: str) -> None:
    assert answer(metric, None) is None
    assert score(metric, None) is None


@pytest.mark.parametrize("metric", THROUGHPUT)
def test_scores_of_categories(metric: str) -> None:
    assert [score(metric, category) for category in range(1, 7)] == [0, 2, 4, 6, 8, 10]


@pytest.mark.parametrize("metric", STABILITY)
def test_scores_of_percentages(metric: str) -> None:
    assert [score(metric, percent) for percent in (0, 5, 12.5, 50, 100)] == [10, 9.5, 8.75, 5, 0]


def test_means_by_hand() -> None:
    found = scores(
        {
            "change_lead_time": 4,
            "deployment_frequency": 3,
            "failed_deployment_recovery_time": 6,
            "change_fail_rate": 15,
            "deployment_rework_rate": 25,
        }
    )
    assert found == {
        "change_lead_time": 6,
        "deployment_frequency": 4,
        "failed_deployment_recovery_time": 10,
        "change_fail_rate": 8.5,
        "deployment_rework_rate": 7.5,
        "throughput": 20 / 3,
        "stability": 8,
        "overall": 7.2,
    }


def test_what_was_not_answered_is_in_no_mean() -> None:
    found = scores({"change_lead_time": 6, "deployment_frequency": None, "change_fail_rate": 100})
    assert (found["throughput"], found["stability"], found["overall"]) == (10, 0, 5)
    assert found["deployment_frequency"] is None
    assert scores({"change_fail_rate": 0})["throughput"] is None


def test_nothing_answered_is_nothing_scored() -> None:
    expected = dict.fromkeys((*METRICS, "throughput", "stability", "overall"))
    assert scores({}) == expected


@pytest.mark.parametrize("wrong", [0, 7, 3.5, -1])
def test_what_is_no_category_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="change_lead_time must be a category from 1 to 6"):
        scores({"change_lead_time": wrong})


@pytest.mark.parametrize("wrong", [-0.1, 100.1, float("nan")])
def test_what_is_no_percentage_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="change_fail_rate must be a percentage from 0 to 100"):
        scores({"change_fail_rate": wrong})


def test_what_is_not_asked_for_is_refused() -> None:
    message = "does not ask for reliability, but for change_lead_time, "
    with pytest.raises(ValueError, match=message):
        scores({"reliability": 1})
    with pytest.raises(ValueError, match=message):
        score("reliability", 1)
    with pytest.raises(ValueError, match=message):
        answer("reliability", 1)


answers = st.fixed_dictionaries(
    {},
    optional={
        metric: st.none() | (st.integers(1, 6) if metric in THROUGHPUT else st.floats(0, 100))
        for metric in METRICS
    },
)


@given(answers)
def test_means_lie_among_the_scores(given_answers: dict[str, Any]) -> None:
    found = scores(given_answers)
    for mean, metrics in (("throughput", THROUGHPUT), ("stability", STABILITY)):
        answered = [value for metric in metrics if (value := found[metric]) is not None]
        value = found[mean]
        assert (value is None) == (not answered)
        assert value is None or 0 <= min(answered) <= value <= max(answered) <= 10
    everything = [value for metric in METRICS if (value := found[metric]) is not None]
    assert found["overall"] == (fmean(everything) if everything else None)


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_what_is_longer_or_fails_more_scores_no_more(one: float, other: float) -> None:
    less, more = sorted((one, other))
    for metric in (*TIMES, *STABILITY):
        better, worse = score(metric, answer(metric, less)), score(metric, answer(metric, more))
        assert better is not None and worse is not None
        assert better >= worse


def test_the_benchmarks_are_those_published() -> None:
    found = benchmarks()
    assert found == {
        "change_lead_time": Benchmark(5.5, 2.4),
        "deployment_frequency": Benchmark(4.8, 2.8),
        "failed_deployment_recovery_time": Benchmark(7.4, 2.1),
        "change_fail_rate": Benchmark(8.1, 2.1),
        "deployment_rework_rate": Benchmark(7.8, 2.2),
        "throughput": Benchmark(6.0, 2.1),
        "stability": Benchmark(7.9, 2.0),
        "overall": Benchmark(6.72, None),
    }
    assert found["overall"].mean == pytest.approx(fmean(found[metric].mean for metric in METRICS))


def test_the_page_has_them_too() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]*) *\|$", PAGE, re.MULTILINE)
    assert {
        name: Benchmark(float(mean), float(deviation) if deviation else None)
        for name, mean, deviation in rows
    } == benchmarks()


def test_the_page_has_the_answers() -> None:
    rows = re.findall(r"^\| (\d) \| (.+?): (.+?) \| (.+?): (.+?) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert [int(row[0]) for row in rows] == [6, 5, 4, 3, 2, 1]
    for number, _, hours, _, days, points in rows:
        for metric in THROUGHPUT:
            assert score(metric, int(number)) == int(points)
        for metric in TIMES:
            limit = inf if hours == "the rest" else float(hours.strip("< h")) * HOUR
            assert answer(metric, nextafter(limit, 0)) == int(number)
        if number != "5":  # never measured
            assert answer("deployment_frequency", DAYS[days]) == int(number)


DAYS = {
    "≥ 5 days a week": Frequency(5, 0, 0),
    "≥ 1 day a week": Frequency(1, 0, 0),
    "≥ 1 day a month": Frequency(0, 1, 0),
    "≥ 1 day in six months": Frequency(0, 0, 1),
    "the rest": Frequency(0, 0, 0),
}
