"""A question in Python, as a URL, is the question that the service reads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.client.questions import Question, address, segment
from streamgauge.errors import InvalidQuery
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.buckets import INTERVALS, WEEKDAYS
from streamgauge.metrics.query import DIMENSIONS, PARAMETERS, TIERS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1)
TEXTS = NAMES | st.lists(NAMES, min_size=1, max_size=4)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(2010, 1, 1), datetime(2026, 2, 1), timezones=ZONES)
DAYS = st.dates(date(2010, 1, 1), date(2026, 2, 1))
PERCENTILES = st.integers(1, 99) | st.integers(1, 999).map(lambda n: n / 10)

QUESTIONS = st.fixed_dictionaries(
    {},
    optional={
        "from_": DAYS | INSTANTS,
        "interval": st.sampled_from(list(INTERVALS)),
        "tz": st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]),
        "week_start": st.sampled_from(list(WEEKDAYS)),
        "service": TEXTS,
        "environment": TEXTS,
        "repository": TEXTS,
        "tenant": TEXTS,
        "tier": st.sampled_from(TIERS) | st.lists(st.sampled_from(TIERS), min_size=1),
        "group_by": st.lists(st.sampled_from(DIMENSIONS), min_size=1, unique=True),
        "percentile": PERCENTILES | st.lists(PERCENTILES, min_size=1, max_size=10),
        "definition": st.sampled_from(["dora2025", "our own", "a&b=c"]) | st.none(),
    },
)


def several(value: Any) -> list[Any]:
    return list(dict.fromkeys(value if isinstance(value, list) else [value]))


@given(QUESTIONS)
def test_what_is_asked_in_python_is_what_the_service_reads(question: dict[str, Any]) -> None:
    url = urlsplit(address("/v1/metrics/x", question))
    assert url.path == "/v1/metrics/x"
    assert url.query.isascii()
    given = parse_qs(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
    read = MetricQuery.parse(given, now=NOW)
    for name, default in (("interval", "week"), ("week_start", "monday"), ("definition", None)):
        assert getattr(read, name) == question.get(name, default)
    assert read.tz.key == question.get("tz", "UTC")
    for name in ("service", "environment", "repository", "tier"):
        assert list(read.filters.get(name, [])) == several(question.get(name, []))
    assert list(read.tenants) == several(question.get("tenant", "default"))
    assert list(read.group_by) == question.get("group_by", [])
    assert list(read.percentiles) == several(question.get("percentile", []))
    begin = question.get("from_")
    if isinstance(begin, datetime):
        assert read.start == begin
    elif begin is not None:
        midnight = datetime(begin.year, begin.month, begin.day, tzinfo=read.tz)
        assert read.start == midnight.astimezone(UTC)


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
def test_any_id_is_one_part_of_a_path(text: str) -> None:
    from urllib.parse import unquote

    part = segment(text)
    assert part.isascii()
    assert not set("/?#") & set(part)
    assert unquote(part) == text


def test_a_question_has_every_parameter_that_a_metric_takes() -> None:
    assert {name.rstrip("_") for name in Question.__annotations__} == set(PARAMETERS)


@pytest.mark.parametrize(
    "question", [{"service": []}, {"service": [None]}, {"to": datetime(2026, 1, 1)},
                 {"sparse": True}, {"service": b"x"}, {"service": {"a"}}, {"service": "\udcff"}],
)  # fmt: skip
def test_what_cannot_be_written_is_refused(question: dict[str, Any]) -> None:
    with pytest.raises(InvalidQuery):
        address("/v1/metrics/x", question)


def test_what_would_be_another_path_is_refused() -> None:
    for wrong in (lambda: segment(""), lambda: address("v1/metrics", {})):
        with pytest.raises(InvalidQuery):
            wrong()


def test_what_is_none_is_not_asked() -> None:
    assert address("/v1/x", {"service": None, "to": None}) == "/v1/x"
