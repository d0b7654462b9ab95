"""Deployment frequency: volume in buckets, the median week, the band, and no lie by silence."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.errors import DatabaseUnavailable, InvalidQuery
from streamgauge.metrics.answer import answer
from streamgauge.metrics.query import TIERS, MetricQuery
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from tests.helpers import METRICS, a_deployment, append_cdevents, drain, processors, start_over

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MONDAY = datetime(2026, 1, 5, 12, tzinfo=UTC)


def ask(database: Database, plugins: Plugins, **parameters: Any) -> dict[str, Any]:
    drain(*processors(database, plugins))
    values = {k.rstrip("_"): v if isinstance(v, list) else [v] for k, v in parameters.items()}
    query = MetricQuery.parse(values, now=NOW)
    return answer(database, plugins, "deployment_frequency", query)


def deploy(database: Database, *times: datetime, start: int = 0, **more: Any) -> None:
    append_cdevents(
        database, [a_deployment(start + n, at=at, **more) for n, at in enumerate(times)]
    )


def days(*offsets: float) -> list[datetime]:
    return [MONDAY + timedelta(days=offset) for offset in offsets]


EVERY_TIER = list(TIERS)
FOUR_WEEKS = {"from_": "2026-01-05", "to": "2026-02-02"}


def test_the_answer_says_all_that_it_must(database: Database, plugins: Plugins) -> None:
    deploy(database, *days(0, 0.1, 1, 7, 8, 9, 21))
    found = ask(database, plugins, **FOUR_WEEKS)
    assert found["value"] == 1.5  # of 2, 3, 0 and 1 days
    assert found["n"] == 7
    assert found["definition"] == "dora2025"
    assert found["unit"] == "days with a deployment per week"
    assert found["as_of"] == {"projection": "delivery", "position": 7}
    assert found["band"] == "high"
    assert [(b["start"], b["volume"], b["days"]) for b in found["buckets"]] == [
        ("2026-01-05T00:00:00+00:00", 3, 2),
        ("2026-01-12T00:00:00+00:00", 3, 3),
        ("2026-01-19T00:00:00+00:00", 0, 0),
        ("2026-01-26T00:00:00+00:00", 1, 1),
    ]


def test_no_data_is_null_and_zero_items_and_never_a_band(
    database: Database, plugins: Plugins
) -> None:
    deploy(database, *days(100))
    found = ask(database, plugins, **FOUR_WEEKS)
    assert (found["value"], found["n"], found["band"]) == (None, 0, None)
    assert [b["volume"] for b in found["buckets"]] == [0, 0, 0, 0]
    assert found["reason"] == "there is no deployment in this range"


def test_no_deployment_ever_is_null_too(database: Database, plugins: Plugins) -> None:
    found = ask(database, plugins, **FOUR_WEEKS, group_by="service")
    assert (found["value"], found["n"], found["band"], found["groups"]) == (None, 0, None, [])


def test_a_range_without_a_whole_week_has_volume_and_no_frequency(
    database: Database, plugins: Plugins
) -> None:
    deploy(database, *days(0, 1))
    found = ask(database, plugins, from_="2026-01-05", to="2026-01-08")
    assert (found["value"], found["n"], found["band"]) == (None, 2, None)
    assert found["reason"] == "the range holds no whole week"
    assert [b["volume"] for b in found["buckets"]] == [2]


@pytest.mark.parametrize(
    ("per_week", "band"), [((5, 5, 5, 5), "elite"), ((4, 4, 5, 5), "high"), ((1, 1, 1, 0), "high")]
)
def test_bands_from_the_week(
    database: Database, plugins: Plugins, per_week: tuple[int, ...], band: str
) -> None:
    deploy(
        database, *(d for w, n in enumerate(per_week) for d in days(*(w * 7 + i for i in range(n))))
    )
    assert ask(database, plugins, **FOUR_WEEKS)["band"] == band


@pytest.mark.parametrize(
    ("offsets", "to", "band"),
    [
        ((0, 30, 60), "2026-04-06", "medium"),  # once in each of February and March
        ((0, 1, 2), "2026-04-06", "low"),  # nothing in February and March
        ((0,), "2026-02-02", None),  # no whole month: medium and low cannot be told apart
    ],
)
def test_bands_from_the_month(
    database: Database, plugins: Plugins, offsets: tuple[int, ...], to: str, band: str | None
) -> None:
    deploy(database, *days(*offsets))
    found = ask(database, plugins, from_="2026-01-05", to=to)
    assert found["value"] == 0
    assert found["band"] == band


def test_filters_and_groups(database: Database, plugins: Plugins) -> None:
    deploy(database, *days(0, 1), service="shop")
    deploy(database, *days(0), start=10, service="pay")
    deploy(database, *days(0, 1, 2), start=20, service="shop", environment="staging")
    deploy(database, *days(0), start=30, service="pay", kind=DEPLOYMENT_FAILED)
    one_week = {"from_": "2026-01-05", "to": "2026-01-12"}
    production = ask(database, plugins, **one_week)
    assert production["n"] == 3
    assert production["left_out"] == {"failed_attempt": 1, "not_production": 3}
    assert ask(database, plugins, **one_week, tier=["production", "staging"])["n"] == 6
    assert ask(database, plugins, **one_week, service="shop")["n"] == 2
    assert ask(database, plugins, **one_week, service="shop", tier=EVERY_TIER)["n"] == 5
    assert ask(database, plugins, **one_week, service=["shop", "pay"], tier=EVERY_TIER)["n"] == 6
    assert ask(database, plugins, **one_week, service="shop", environment="staging")["n"] == 3
    assert ask(database, plugins, **one_week, service="none")["n"] == 0
    found = ask(database, plugins, **one_week, tier=EVERY_TIER, group_by="service,environment")
    assert [(g["service"], g["environment"], g["n"], g["value"]) for g in found["groups"]] == [
        ("pay", "production", 1, 1),
        ("shop", "production", 2, 2),
        ("shop", "staging", 3, 3),
    ]
    assert found["value"] == 3  # days on which anything was deployed, not the groups' sum


def test_a_late_evening_in_new_york_is_that_day_there(database: Database, plugins: Plugins) -> None:
    deploy(database, datetime.fromisoformat("2026-01-05T23:30:00-05:00"))
    for tz, day in (("America/New_York", "2026-01-05"), ("UTC", "2026-01-06")):
        found = ask(database, plugins, **FOUR_WEEKS, tz=tz, interval="day")
        assert [b["start"][:10] for b in found["buckets"] if b["volume"]] == [day]


def test_the_hour_that_comes_twice_is_one_day(database: Database, plugins: Plugins) -> None:
    deploy(
        database,
        *(datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)),  # 02:30 twice
    )
    found = ask(
        database, plugins, from_="2026-10-19", to="2026-10-26", tz="Europe/Berlin", interval="day"
    )
    assert [(b["volume"], b["days"]) for b in found["buckets"]][-1] == (2, 1)
    assert found["value"] == 1


@pytest.mark.parametrize("interval", ["day", "week", "month", "quarter", "year", "all"])
def test_the_buckets_add_up(database: Database, plugins: Plugins, interval: str) -> None:
    deploy(database, *days(*range(0, 120, 3)))
    found = ask(database, plugins, from_="2025-06-01", to="2026-06-01", interval=interval)
    assert sum(b["volume"] for b in found["buckets"]) == found["n"] == 40


def test_all_is_one_bucket_of_the_range(database: Database, plugins: Plugins) -> None:
    deploy(database, *days(0, 0.1, 1, 7, 8, 9, 21))
    found = ask(database, plugins, from_="2026-01-05T13:00:00Z", to="2026-01-26", interval="all")
    assert found["buckets"] == [
        {
            "start": "2026-01-05T13:00:00+00:00",
            "end": "2026-01-26T00:00:00+00:00",
            "whole": True,
            "value": found["value"],
            "n": found["n"],
            "weeks": 2,
            "volume": found["n"],
            "days": 5,
        }
    ]
    assert found["n"] == 5


def test_weeks_start_when_it_is_asked(database: Database, plugins: Plugins) -> None:
    deploy(database, *days(5, 6, 7, 8))  # from Saturday to Tuesday
    for week_start, volumes in (("monday", [2, 2, 0]), ("sunday", [1, 3, 0, 0])):
        found = ask(database, plugins, from_="2026-01-05", to="2026-01-26", week_start=week_start)
        assert [b["volume"] for b in found["buckets"]] == volumes
        assert found["week_start"] == week_start
        whole = [b["days"] for b in found["buckets"] if b["whole"]]
        assert found["value"] == median(whole)


def test_the_hours_that_come_again_after_midnight_are_counted_once(
    database: Database, plugins: Plugins
) -> None:
    # In St. John's it was 23:01 again on 2006-10-28, one minute after midnight.
    deploy(database, datetime(2006, 10, 29, 2, 45, tzinfo=UTC))
    found = ask(database, plugins, from_="2006-10-29", to="2006-10-31", tz="America/St_Johns",
                interval="day")  # fmt: skip
    assert [b["volume"] for b in found["buckets"]] == [found["n"], 0] == [1, 0]


def test_other_tenants_are_counted_where_they_are_asked_for(
    database: Database, plugins: Plugins
) -> None:
    deploy(database, *days(0, 1))
    append_cdevents(database, [a_deployment(7, at=MONDAY)], tenant="other")
    assert ask(database, plugins, **FOUR_WEEKS)["n"] == 2
    assert ask(database, plugins, **FOUR_WEEKS, tenant="other")["n"] == 1
    found = ask(database, plugins, **FOUR_WEEKS, tenant=["default", "other"], group_by="tenant")
    assert [(g["tenant"], g["n"]) for g in found["groups"]] == [("default", 2), ("other", 1)]
    assert (found["n"], found["tenant"]) == (3, ["default", "other"])


def test_a_definition_that_there_is_not_is_refused_with_those_that_there_are(
    database: Database, plugins: Plugins
) -> None:
    known = "cdviz, devlake-2021, devlake-2023, dora2025, fourkeys, gitlab, middleware, pelorus"
    with pytest.raises(InvalidQuery, match=f"allowed: {known}") as raised:
        ask(database, plugins, definition="devlake")
    assert raised.value.where == "definition"


@pytest.mark.parametrize(("definition", "n"), [("dora2025", 2), ("pelorus", 3), ("gitlab", 2)])
def test_any_definition_may_be_named(
    database: Database, plugins: Plugins, definition: str, n: int
) -> None:
    deploy(database, *days(0, 1))
    deploy(database, *days(0), start=10, environment="staging")
    found = ask(database, plugins, **FOUR_WEEKS, definition=definition)
    assert (found["definition"], found["n"]) == (definition, n)


def test_it_is_grouped_by_tier_and_repository(database: Database, plugins: Plugins) -> None:
    known = {"repository": "https://git.example/Acme/Shop.git"}
    deploy(database, *days(0, 1), custom_data=known)
    deploy(database, *days(0), start=10, environment="blue-prod")
    deploy(database, *days(0), start=20, environment="uat", custom_data=known)
    found = ask(database, plugins, **FOUR_WEEKS, tier=EVERY_TIER, group_by="tier,repository")
    assert [(g["tier"], g["repository"], g["n"]) for g in found["groups"]] == [
        ("production", None, 1),
        ("production", "git.example/acme/shop", 2),
        ("staging", "git.example/acme/shop", 1),
    ]
    only = ask(database, plugins, **FOUR_WEEKS, repository="https://git.example/acme/shop")
    assert only["n"] == 2


def test_too_many_cells_are_refused(database: Database, plugins: Plugins) -> None:
    append_cdevents(
        database, [a_deployment(n, at=MONDAY, service=f"service {n}") for n in range(30)]
    )
    with pytest.raises(InvalidQuery, match=r"30 groups in 913\d buckets"):
        ask(database, plugins, from_="2001-01-01", to="2026-01-06", interval="day",
            group_by="service")  # fmt: skip


def test_an_unknown_metric_is_named_with_those_that_there_are(
    database: Database, plugins: Plugins
) -> None:
    with pytest.raises(InvalidQuery, match=f"allowed: {', '.join(METRICS)}"):
        answer(database, plugins, "velocity", MetricQuery.parse({}, now=NOW))


def test_before_a_worker_ever_ran_there_is_no_answer(database: Database, plugins: Plugins) -> None:
    with pytest.raises(DatabaseUnavailable, match="is a worker running"):
        answer(database, plugins, "deployment_frequency", MetricQuery.parse({}, now=NOW))


@given(
    offsets=st.lists(st.integers(-3000, 80_000), max_size=40),
    shift=st.integers(-30, 30),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_against_a_plain_count(
    database: Database, plugins: Plugins, offsets: list[int], shift: int, zone: str
) -> None:
    """The same from a dozen lines of Python; and shifted by weeks, it is the same, shifted."""
    start_over(database)
    tz = ZoneInfo(zone)
    moved = timedelta(weeks=shift)
    first = datetime(2026, 1, 5, tzinfo=UTC) + moved
    times = [first + timedelta(minutes=m) for m in offsets]
    deploy(database, *times)
    start = datetime(first.year, first.month, first.day, tzinfo=tz)
    end = start + timedelta(weeks=8)
    found = ask(
        database,
        plugins,
        from_=start.date().isoformat(),
        to=end.date().isoformat(),
        tz=zone,
    )
    inside = [t.astimezone(tz).date() for t in times if start <= t < end]
    weeks = Counter((d - start.date()).days // 7 for d in set(inside))
    assert found["n"] == len(inside)
    assert found["value"] == (median(weeks[w] for w in range(8)) if inside else None)
    volumes = Counter((d - start.date()).days // 7 for d in inside)
    assert [b["volume"] for b in found["buckets"]] == [volumes[w] for w in range(8)]
