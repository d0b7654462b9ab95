"""Questions are checked: each bad parameter is named, with what is allowed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.errors import InvalidQuery
from streamgauge.metrics.buckets import midnight
from streamgauge.metrics.query import DIMENSIONS, PARAMETERS, MetricQuery
from streamgauge.metrics.teams import Entry, Teams

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
TEAMS = Teams([Entry("payments", ["pay"], []), Entry("checkout", ["shop*"], [])])
ROOT = Path(__file__).parents[2]


def parse(**parameters: Any) -> MetricQuery:
    values = {k.rstrip("_"): v if isinstance(v, list) else [v] for k, v in parameters.items()}
    return MetricQuery.parse(values, now=NOW, teams=TEAMS)


def test_the_defaults_are_the_last_90_days_in_weeks_of_utc() -> None:
    query = parse()
    end = NOW.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert (query.start, query.end) == (end - timedelta(days=90), end)
    assert (query.interval, query.tz.key, query.filters, query.group_by) == ("week", "UTC", {}, [])
    assert (query.week_start, query.tenants) == ("monday", ["default"])
    assert (query.percentiles, query.definition) == ([], None)


@given(
    st.datetimes(
        timezones=st.just(UTC), min_value=datetime(1971, 1, 1), max_value=datetime(2999, 1, 1)
    ),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"]),
)
def test_without_an_end_it_is_one_question_until_the_day_is_over(now: datetime, tz: str) -> None:
    query = MetricQuery.parse({"tz": [tz]}, now=now)
    assert now < query.end <= now + timedelta(hours=26)
    begun = query.end.astimezone(query.tz).date() - timedelta(days=1)
    assert begun == now.astimezone(query.tz).date()
    assert query == MetricQuery.parse({"tz": [tz]}, now=query.end - timedelta(seconds=1))
    assert query != MetricQuery.parse({"tz": [tz]}, now=query.end)
    assert (query.end - query.start) - timedelta(days=90) <= timedelta(hours=2)


def test_days_begin_at_their_midnight_in_the_zone() -> None:
    query = parse(from_="2026-03-29", to="2026-03-30", tz="Europe/Berlin")
    assert query.start == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert query.end - query.start == timedelta(hours=23)


def test_instants_may_carry_any_offset_even_one_whose_plus_became_a_space() -> None:
    for text in ("2026-01-01T02:00:00+02:00", "2026-01-01T02:00:00 02:00"):
        assert parse(from_=text).start == datetime(2026, 1, 1, tzinfo=UTC)


def test_filters_take_several_values_and_groups_a_list() -> None:
    query = parse(service=["a,b", "c", "c"], group_by="environment,service")
    assert query.filters == {"service": ["a,b", "c"]}
    assert query.group_by == ["environment", "service"]


def test_every_dimension_filters_and_groups() -> None:
    values = {name: ["a", "b"] for name in DIMENSIONS}
    values |= {"tier": ["production", "other"], "team": ["payments", "checkout"]}
    tenants = values["tenant"]
    query = parse(**values, group_by=["tenant,team", "tier", "team"])
    assert {**query.filters, "tenant": query.tenants} == values
    assert query.tenants == tenants
    assert query.group_by == ["tenant", "team", "tier"]


def test_percentiles_are_numbers_given_several_times_or_in_a_list() -> None:
    query = parse(percentile=["90,95", "99.9", "90.0", "0.5"])
    assert [str(number) for number in query.percentiles] == ["90", "95", "99.9", "0.5"]


def test_a_definition_is_named() -> None:
    assert parse(definition="devlake-2023").definition == "devlake-2023"
    assert parse(definition="Unsere Zählung v1.2").definition == "Unsere Zählung v1.2"


def test_a_metric_says_which_dimensions_it_does_not_know() -> None:
    parse(service="a", group_by="environment").only_by("service", "environment")
    for query, where in [
        (parse(service="a", tier="other"), "tier"),
        (parse(service="a", group_by="service,tier"), "group_by"),
    ]:
        with pytest.raises(InvalidQuery, match=r"knows no tier; allowed: service$") as raised:
            query.only_by("service")
        assert raised.value.where == where


PATH_LIKE = ["../dora2025", "a/b", "a\\b", ".hidden", "..", "ours.toml"]
ALL_DIMENSIONS = "allowed: service, environment, tier, repository, team, tenant"


@pytest.mark.parametrize(
    ("parameters", "where", "text"),
    [
        ({"interval": "fortnight"}, "interval", "allowed: day, week, month, quarter, year, all"),
        ({"interval": ["day", "week"]}, "interval", "once"),
        ({"tz": "Mars/Olympus"}, "tz", "IANA"),
        ({"tz": "../etc/passwd"}, "tz", "IANA"),
        ({"from_": "yesterday"}, "from", "2026-01-31"),
        ({"from_": "2026-02-30"}, "from", "2026-01-31"),
        ({"from_": "2026-06-01"}, "from", "before 'to'"),
        ({"from_": "1900-01-01"}, "from", "25 years"),
        ({"from_": "0001-01-01", "tz": "Asia/Tokyo"}, "from", "2026-01-31"),
        ({"to": "0001-02-01"}, "to", "between the years 1970 and 3000"),
        ({"to": "9999-12-31"}, "to", "between the years 1970 and 3000"),
        (
            {"from_": "1969-12-31T23:59:59Z", "to": "1980-01-01"},
            "from",
            "between the years 1970 and 3000",
        ),
        ({"group_by": "squad"}, "group_by", ALL_DIMENSIONS),
        ({"group_by": ""}, "group_by", ALL_DIMENSIONS),
        ({"service": ""}, "service", "empty"),
        ({"service": "a\0"}, "service", "not allowed"),
        ({"tenant": ["a", ""]}, "tenant", "empty"),
        ({"repository": "a\0"}, "repository", "not allowed"),
        ({"tier": "prod"}, "tier", "allowed: production, staging, testing, development, other"),
        ({"team": "pay"}, "team", "'pay' is not allowed; allowed: checkout, payments"),
        ({"week_start": "Monday"}, "week_start", "allowed: monday, tuesday"),
        ({"week_start": ["monday", "sunday"]}, "week_start", "once"),
        ({"servise": "x"}, "servise", "no such parameter; allowed: from, to, interval"),
        *(
            ({"percentile": p}, "percentile", "above 0 and below 100")
            for p in ("", "0", "00.0", "100", "-1", "9e1", "nan", "٩٠", "90,", "90;95", "1.00001")
        ),
        ({"percentile": ",".join(map(str, range(1, 12)))}, "percentile", "at most 10"),
        *(({"definition": d}, "definition", "not of a file") for d in PATH_LIKE),
        *(({"definition": d}, "definition", "1 to 100 printable") for d in ("", "a\n", "x" * 101)),
        ({"definition": ["a", "b"]}, "definition", "once"),
    ],
)
def test_a_bad_parameter_is_named(parameters: dict[str, Any], where: str, text: str) -> None:
    with pytest.raises(InvalidQuery) as raised:
        parse(**parameters)
    assert raised.value.where == where
    assert text in raised.value.reason


def test_a_team_where_there_are_none() -> None:
    with pytest.raises(InvalidQuery, match="there are no teams; the setting 'teams'") as raised:
        MetricQuery.parse({"team": ["payments"]}, now=NOW)
    assert raised.value.where == "team"


@given(
    st.dictionaries(
        st.sampled_from([*PARAMETERS, "x"]), st.lists(st.text(max_size=30), max_size=2), max_size=4
    )
)
def test_any_parameters_give_a_question_or_a_reason(parameters: dict[str, list[str]]) -> None:
    try:
        query = MetricQuery.parse(parameters, now=NOW, teams=TEAMS)
    except InvalidQuery as error:
        assert error.where in parameters or error.where in ("from", "to")
    else:
        assert query.start < query.end
        assert set(query.echo()) == set(PARAMETERS) - {"definition"}
        assert query.previous.end == query.start > query.previous.start


@given(
    first=st.dates(date(1975, 1, 1), date(2050, 1, 1)),
    days=st.integers(1, 800),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Africa/Cairo", "America/St_Johns",
                          "Pacific/Apia", "Pacific/Kwajalein"]),
)  # fmt: skip
def test_before_whole_days_are_as_many_days(first: date, days: int, zone: str) -> None:
    tz = ZoneInfo(zone)
    after = first + timedelta(days=days)
    before = first - timedelta(days=days)
    start, end, earlier = (midnight(day, tz) for day in (first, after, before))
    if earlier < start < end and first == start.astimezone(tz).date():
        query = parse(from_=first.isoformat(), to=after.isoformat(), tz=zone, service="shop")
        if after == end.astimezone(tz).date():  # else it is a day that the zone has skipped
            assert (query.previous.start, query.previous.end) == (earlier, start)
        assert query.previous.filters == query.filters


def test_before_a_week_in_which_the_clocks_change_is_a_week() -> None:
    query = parse(from_="2026-03-23", to="2026-03-30", tz="Europe/Berlin")
    assert query.end - query.start == timedelta(days=7, hours=-1)
    assert query.previous.start == midnight(date(2026, 3, 16), query.tz)
    assert query.previous.previous.start == midnight(date(2026, 3, 9), query.tz)


def test_before_a_range_that_begins_within_a_day_is_the_same_duration() -> None:
    query = parse(from_="2026-03-23T01:00:00Z", to="2026-03-30", tz="Europe/Berlin")
    duration = query.end - query.start
    assert query.previous.start == query.start - duration


def test_before_the_day_after_a_skipped_one_is_the_day_before_it() -> None:
    # Samoa had no 2011-12-30.
    query = parse(from_="2011-12-31", to="2012-01-01", tz="Pacific/Apia")
    assert query.previous.start == midnight(date(2011, 12, 29), query.tz)


def test_the_reference_lists_every_parameter() -> None:
    page = (ROOT / "docs/reference/http.md").read_text()
    table = page.partition("## A metric's parameters")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", table, re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"\w+", row)) == sorted(PARAMETERS)
