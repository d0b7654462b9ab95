"""Bands of one's own: read as they were written, in any order; what is wrong is named."""

from __future__ import annotations

import re
import tomllib
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge_dora.bands import HOUR, LIMITS, Band, Bands, Frequency
from tests.conftest import ROOT

PAGE = (ROOT / "docs/reference/bands.md").read_text()


@st.composite
def own_levels(draw: st.DrawFn, metric: str) -> list[dict[str, Any]]:
    names = draw(st.lists(st.text(min_size=1), min_size=1, max_size=6, unique=True))
    levels: list[dict[str, Any]] = [{"name": each} for each in names]
    for level in levels[:-1]:
        level[draw(st.sampled_from(LIMITS[metric]))] = draw(st.integers(0, 99) | st.floats(0, 99))
    for level in levels:
        if draw(st.booleans()):
            level["note"] = draw(st.text())
    return levels


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    metrics = draw(st.lists(st.sampled_from(list(LIMITS)), min_size=1, unique=True))
    texts = {key: draw(st.text(min_size=1)) for key in ("name", "title", "source")}
    return texts | {metric: draw(own_levels(metric)) for metric in metrics}


@given(documents())
def test_own_bands_come_back_as_they_were_written(document: dict[str, Any]) -> None:
    bands = Bands.read(document)
    assert bands.document() == document
    assert Bands.read(bands.document()) == bands


@pytest.mark.parametrize(
    ("metric", "limit"), [(metric, limit) for metric, limits in LIMITS.items() for limit in limits]
)
@given(edges=st.lists(st.integers(0, 9), unique=True), value=st.integers(0, 9), data=st.data())
def test_the_hardest_level_that_is_reached_whatever_their_order(
    metric: str, limit: str, edges: list[int], value: int, data: st.DataObject
) -> None:
    levels = [{"name": "the rest"}, *({"name": str(edge), limit: edge} for edge in edges)]
    bands = Bands.read({"name": "ours", metric: data.draw(st.permutations(levels))})
    if metric == "deployment_frequency":
        band = bands.of(metric, Frequency(**(NEVER | {limit: float(value)})))
        reached = [-edge for edge in edges if value >= edge]
    else:
        band = bands.of(metric, value * (HOUR if limit.endswith("hours") else 1))
        reached = [edge for edge in edges if value < edge or (value == edge and "most" in limit)]
    assert band is not None
    assert band.name == (str(abs(min(reached))) if reached else "the rest")


NEVER: dict[str, float] = dict.fromkeys(LIMITS["deployment_frequency"], 0.0)


def test_of_two_limits_that_are_equal_the_one_that_leaves_it_out_is_harder() -> None:
    levels = [{"name": "b", "at_most": 0.1}, {"name": "a", "less_than": 0.1}, {"name": "c"}]
    bands = Bands.read({"name": "ours", "deployment_rework_rate": levels})
    found = [bands.of("deployment_rework_rate", share) for share in (0.09, 0.1, 0.11)]
    assert [band and band.name for band in found] == ["a", "b", "c"]
    assert all(band and "not in order" in (band.note or "") for band in found)


def test_days_a_month_stand_between_those_a_week_and_those_in_six_months() -> None:
    levels = [
        {"name": "twice a week", "days_per_week": 2},
        {"name": "ten a month", "days_per_month": 10},
        {"name": "once a day", "deployments_per_day": 1},
        {"name": "the rest"},
    ]
    bands = Bands.read({"name": "ours", "deployment_frequency": levels})
    assert bands.of("deployment_frequency", Frequency(2, 10, None, 0.9)) == Band(
        "ten a month", "the levels of ours are not in order on this metric"
    )


def test_a_note_of_ones_own_is_said_after_that_on_the_order() -> None:
    levels = [{"name": "b", "at_most": 0.2}, {"name": "a", "at_most": 0.1, "note": "well"}]
    bands = Bands.read({"name": "ours", "change_fail_rate": [*levels, {"name": "c"}]})
    band = bands.of("change_fail_rate", 0)
    assert band == Band("a", "the levels of ours are not in order on this metric; well")


LEVELS = [{"name": "good", "at_most": 0.1}, {"name": "bad"}]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "bands must be a table"),
        ({"change_fail_rate": LEVELS}, "need a 'name'"),
        ({"name": 2024, "change_fail_rate": LEVELS}, "name must be a text"),
        ({"name": "o", "source": [], "change_fail_rate": LEVELS}, "source must be a text"),
        ({"name": "o"}, "levels of at least one of deployment_frequency, change_lead_time"),
        ({"name": "o", "mttr": LEVELS}, "no bands of mttr, but of deployment_frequency"),
        ({"name": "o", "change_fail_rate": []}, "change_fail_rate must be a list of levels"),
        ({"name": "o", "change_fail_rate": {}}, "change_fail_rate must be a list of levels"),
        ({"name": "o", "change_fail_rate": ["elite"]}, "each level needs a text 'name'"),
        ({"name": "o", "change_fail_rate": [{"at_most": 1}]}, "each level needs a text 'name'"),
        ({"name": "o", "change_fail_rate": [*LEVELS, {"name": "bad"}]}, "two levels have one name"),
        ({"name": "o", "change_fail_rate": LEVELS[:1]}, "one level, the worst, and no other"),
        (
            {"name": "o", "change_fail_rate": [{"name": "a"}, {"name": "b"}]},
            "one level, the worst, and no other",
        ),
        (
            {"name": "o", "change_fail_rate": [{"name": "a", "less_than_hours": 1}]},
            "change_fail_rate, a: it may have one of less_than, at_most",
        ),
        (
            {"name": "o", "change_fail_rate": [{"name": "a", "at_most": 1, "less_than": 1}]},
            "change_fail_rate, a: it may have one of",
        ),
        (
            {"name": "o", "change_fail_rate": [{"name": "a", "at_most": "15 %"}]},
            "change_fail_rate, a: at_most must be a number",
        ),
        ({"name": "o", "change_fail_rate": [{"name": "a", "at_most": True}]}, "must be a number"),
        ({"name": "o", "change_fail_rate": [{"name": "a", "at_most": -1}]}, "from 0 up"),
        ({"name": "o", "change_fail_rate": [{"name": "a", "at_most": inf}]}, "from 0 up"),
        ({"name": "o", "change_fail_rate": [{"name": "a", "note": 1}]}, "note must be a text"),
    ],
)
def test_what_is_wrong_is_named(document: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Bands.read(document)


@pytest.mark.parametrize("asked", ["2020", "", "../definitions/dora2025", "2024.toml"])
def test_there_are_no_others(asked: str) -> None:
    with pytest.raises(ValueError, match="there are: 2019, 2021, 2023, 2024"):
        Bands.named(asked)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
keys = st.sampled_from(
    ["name", "note", *LIMITS, *(name for each in LIMITS.values() for name in each)]
)
nearly = st.recursive(
    json, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20
)


@given(nearly)
def test_nothing_else_than_bands_or_a_valueerror(document: Any) -> None:
    try:
        bands = Bands.read(document)
    except ValueError:
        return
    assert Bands.read(bands.document()) == bands


def test_the_pages_example_can_be_read() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    bands = Bands.read(tomllib.loads(example))
    assert bands.of("change_lead_time", 24 * HOUR) == Band("later", "we said we would not")


def test_the_page_has_every_limit() -> None:
    section = PAGE.partition("\n## Your own\n")[2].partition("\n## ")[0]
    for metric, limits in LIMITS.items():
        assert f"`{metric}`" in section
        for limit in limits:
            assert f"`{limit}`" in section
