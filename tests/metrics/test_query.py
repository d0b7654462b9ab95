"""Questions are checked: each bad parameter is named, with what is allowed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.errors import InvalidQuery
from streamgauge.metrics.query import PARAMETERS, MetricQuery

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def parse(**parameters: Any) -> MetricQuery:
    values = {k.rstrip("_"): v if isinstance(v, list) else [v] for k, v in parameters.items()}
    return MetricQuery.parse(values, now=NOW)


def test_the_defaults_are_the_last_90_days_in_weeks_of_utc() -> None:
    query = parse()
    assert (query.start, query.end) == (NOW - timedelta(days=90), NOW)
    assert (query.interval, query.tz.key, query.filters, query.group_by) == ("week", "UTC", {}, [])


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


@pytest.mark.parametrize(
    ("parameters", "where", "text"),
    [
        ({"interval": "fortnight"}, "interval", "allowed: day, week, month, quarter, year"),
        ({"interval": ["day", "week"]}, "interval", "once"),
        ({"tz": "Mars/Olympus"}, "tz", "IANA"),
        ({"tz": "../etc/passwd"}, "tz", "IANA"),
        ({"from_": "yesterday"}, "from", "2026-01-31"),
        ({"from_": "2026-02-30"}, "from", "2026-01-31"),
        ({"from_": "2026-06-01"}, "from", "before 'to'"),
        ({"from_": "1900-01-01"}, "from", "25 years"),
        ({"from_": "0001-01-01", "tz": "Asia/Tokyo"}, "from", "2026-01-31"),
        ({"to": "0001-02-01"}, "to", "too early"),
        ({"group_by": "team"}, "group_by", "allowed: service, environment"),
        ({"service": ""}, "service", "empty"),
        ({"service": "a\0"}, "service", "not allowed"),
        ({"servise": "x"}, "servise", "no such parameter"),
    ],
)
def test_a_bad_parameter_is_named(parameters: dict[str, Any], where: str, text: str) -> None:
    with pytest.raises(InvalidQuery) as raised:
        parse(**parameters)
    assert raised.value.where == where
    assert text in raised.value.reason


@given(
    st.dictionaries(
        st.sampled_from([*PARAMETERS, "x"]), st.lists(st.text(max_size=30), max_size=2), max_size=4
    )
)
def test_any_parameters_give_a_question_or_a_reason(parameters: dict[str, list[str]]) -> None:
    try:
        query = MetricQuery.parse(parameters, now=NOW)
    except InvalidQuery as error:
        assert error.where in parameters or error.where in ("from", "to")
    else:
        assert query.start < query.end
        assert set(query.echo()) == set(PARAMETERS)
