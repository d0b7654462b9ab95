"""Items with amounts, summed up for a question: filters, groups, buckets, what is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import fsum
from statistics import median as the_median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.errors import InvalidQuery
from streamgauge.metrics import Item, MetricQuery, Teams, explained, mean, median, summed
from streamgauge.metrics.teams import Entry

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
TEAMS = Teams(
    [
        Entry("red", ["shop"], [], after=date(2026, 1, 8)),
        Entry("blue", ["shop"], ["git.example/acme/*"], first=date(2026, 1, 8)),
    ]
)


def item(days: float, amount: float | None = 1, left_out: str | None = None, **more: Any) -> Item:
    dimensions = {"tenant": "default", "service": "shop", **more}
    return Item(MONDAY + timedelta(days=days), dimensions, amount, left_out)


def query(**parameters: Any) -> MetricQuery:
    given = {"from_": "2026-01-05", "to": "2026-01-19", **parameters}
    values = {k.rstrip("_"): v if isinstance(v, list) else [v] for k, v in given.items()}
    return MetricQuery.parse(values, now=NOW, teams=TEAMS)


def test_an_answer_has_all_that_one_must_have() -> None:
    items = [item(0, 1), item(3, 5), item(8, 2), item(8, None, "odd"), item(-1, 7), item(14, 9)]
    assert summed(items, query(percentile="75"), median) == {
        "value": 2,
        "n": 3,
        "percentiles": {"75": 3.5},
        "left_out": {"odd": 1},
        "previous": {
            "from": "2025-12-22T00:00:00+00:00",
            "to": "2026-01-05T00:00:00+00:00",
            "value": 7,
            "n": 1,
            "difference": -5,
        },
        "buckets": [
            {
                "start": f"2026-01-{first:02}T00:00:00+00:00",
                "end": f"2026-01-{after:02}T00:00:00+00:00",
                "whole": True,
                "value": value,
                "n": n,
                "percentiles": {"75": percentile},
            }
            for first, after, value, n, percentile in ((5, 12, 3, 2, 4), (12, 19, 2, 1, 2))
        ],
    }


def test_nothing_is_null_with_a_reason() -> None:
    found = summed([item(0, None, "odd"), item(1, 3, "odd")], query(), fsum)
    assert (found["value"], found["n"], found["left_out"]) == (None, 0, {"odd": 2})
    assert found["reason"] == "there is nothing that counts in this range"
    assert [(b["value"], b["n"]) for b in found["buckets"]] == [(None, 0)] * 2
    assert found["previous"]["value"] is found["previous"]["difference"] is None
    assert "groups" not in found


@pytest.mark.parametrize(
    ("parameters", "n"),
    [
        ({}, 3),
        ({"service": "shop"}, 2),
        ({"service": ["shop", "pay"]}, 3),
        ({"tenant": "acme"}, 1),
        ({"tenant": ["acme", "default"]}, 4),
        ({"environment": "production"}, 1),
        ({"repository": "git@git.example:acme/shop.git"}, 1),
        ({"repository": "*/acme/*"}, 2),
        ({"repository": ["*/shop", "git.example/**/pay"]}, 1),
        ({"service": "shop", "environment": "staging"}, 0),
        ({"team": "red"}, 1),
        ({"team": "blue"}, 2),
    ],
)
def test_filters(parameters: dict[str, Any], n: int) -> None:
    items = [
        item(0, environment="production"),
        item(3, repository="https://git.example/acme/Shop"),
        item(4, service="pay", repository="git.example/acme/pay"),
        item(4, tenant="acme"),
        Item(MONDAY, {"service": "shop"}, 1),  # of nobody
    ]
    # What `fsum` makes of ones is their number: as a float, and null for none.
    found = summed(items, query(**parameters), fsum)
    assert (found["value"], found["n"]) == (n or None, n)


def test_groups_by_what_is_so_at_the_time() -> None:
    items = [item(0, 1), item(4, 0), item(5, 1, repository=None), item(-1, 1, service="old")]
    found = summed(items, query(group_by="service,team"), mean)
    groups = [(g["service"], g["team"], g["value"], g["n"]) for g in found["groups"]]
    assert groups == [("old", None, None, 0), ("shop", "blue", 0.5, 2), ("shop", "red", 1, 1)]
    assert [b["n"] for b in found["groups"][1]["buckets"]] == [2, 0]
    assert found["groups"][0]["previous"]["n"] == 1
    assert found["n"] == 3


def test_an_explanation_lists_what_the_answer_is_made_of() -> None:
    items = [
        item(8, 2)._replace(detail={"run": "r2"}),
        item(1, None, "odd", service=None),
        item(-1, 7),
        item(3, 5, repository="git.example/acme/shop"),
    ]
    asked = query(group_by="team")
    result, told = explained(items, asked, median)
    answered = summed(items, asked, median)
    assert result == {key: answered[key] for key in ("value", "n", "left_out")}
    more = {"tenant": "default", "service": "shop"}
    counts = {"counts": True, "left_out": None, **more}
    assert told == [
        {
            "counts": False,
            "left_out": "odd",
            "amount": None,
            "group": {"team": None},
            "tenant": "default",
            "service": None,
        },
        {
            **counts,
            "amount": 5,
            "group": {"team": "blue"},
            "repository": "git.example/acme/shop",
        },
        {**counts, "amount": 2, "group": {"team": "blue"}, "run": "r2"},
    ]
    assert [each["group"] for each in explained(items, query(), median)[1]] == [None] * 3


def test_too_many_cells_are_refused() -> None:
    items = [item(1, service=f"s{n}") for n in range(100)]
    asked = query(from_="2016-01-01", to="2026-03-01", interval="day", group_by="service")
    with pytest.raises(InvalidQuery, match="100 groups in 3712 buckets are too many"):
        summed(items, asked, mean)


def test_a_sparse_question_has_the_buckets_in_which_something_counts() -> None:
    asked = MetricQuery.everything(interval="month", group_by=(), now=NOW)
    recent = replace(query(), sparse=True)
    assert [b["n"] for b in summed([item(-1), item(1)], recent, fsum)["buckets"]] == [1]
    found = summed([item(0), item(50), item(60, 1, "odd"), item(51)], asked, fsum)
    assert [(b["start"][:7], b["n"]) for b in found["buckets"]] == [("2026-01", 1), ("2026-02", 2)]


def test_a_definition_is_one_of_those_there_are() -> None:
    assert query().definition_among(["a", "b"], "b") == "b"
    assert query(definition="a").definition_among(["a", "b"], "b") == "a"
    with pytest.raises(InvalidQuery) as raised:
        query(definition="c").definition_among(["a", "b"], "b")
    assert (raised.value.where, raised.value.allowed) == ("definition", ["a", "b"])


_items = st.lists(
    st.builds(
        item,
        st.floats(-20, 20),
        st.integers(-1000, 1000),
        st.sampled_from([None, None, "odd"]),
        service=st.sampled_from(["shop", "pay", None]),
        environment=st.sampled_from(["production", None]),
        repository=st.sampled_from([None, "https://git.example/acme/shop", "other"]),
        tenant=st.sampled_from(["default", "acme"]),
    )
)


@given(items=_items, zone=st.sampled_from(["UTC", "Asia/Kathmandu"]), data=st.data())
def test_order_changes_nothing_and_buckets_hold_every_item_once(
    items: list[Item], zone: str, data: st.DataObject
) -> None:
    asked = query(tz=zone, group_by="team,environment", percentile="10,90")
    for statistic in (median, mean, fsum):
        found = summed(items, asked, statistic)
        assert found == summed(data.draw(st.permutations(items)), asked, statistic)
        assert sum(bucket["n"] for bucket in found["buckets"]) == found["n"]
        assert sum(group["n"] for group in found["groups"]) == found["n"]
    amounts = [
        each.amount
        for each in items
        if asked.start <= each.at < asked.end
        and each.left_out is None
        and each.amount is not None
        and each.dimensions["tenant"] == "default"
    ]
    value = summed(items, asked, median)["value"]
    assert value == (the_median(amounts) if amounts else None)
