"""Buckets cover a range without gaps, in any zone, over any change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.metrics.buckets import INTERVALS, Bucket, buckets, floor, following, midnight

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
         "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo"]  # fmt: skip
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, tz: ZoneInfo | None = None) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=tz or UTC).astimezone(UTC)


instants = st.datetimes(datetime(1950, 1, 1), datetime(2050, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(
    start=instants,
    span=st.timedeltas(timedelta(microseconds=1), timedelta(days=800)),
    interval=st.sampled_from(INTERVALS),
    zone=st.sampled_from(ZONES),
)
def test_buckets_tile_the_range(start: datetime, span: timedelta, interval: str, zone: str) -> None:
    tz = ZoneInfo(zone)
    end = start + span
    spans = list(buckets(start, end, interval, tz))
    # As instants: the day that a zone skips at the date line is in no bucket.
    assert all(
        midnight(one.after, tz) == midnight(other.first, tz) for one, other in pairwise(spans)
    )
    assert all(midnight(bucket.first, tz) < midnight(bucket.after, tz) for bucket in spans)
    assert spans[0].first <= start.astimezone(tz).date() < spans[0].after
    last = (end - timedelta(microseconds=1)).astimezone(tz).date()
    assert spans[-1].first <= last < spans[-1].after
    assert all(bucket.whole for bucket in spans[1:-1])


@given(day=st.dates(date(1, 1, 10), date(9990, 1, 1)), interval=st.sampled_from(INTERVALS))
def test_every_day_is_in_exactly_one_bucket(day: date, interval: str) -> None:
    first = floor(day, interval)
    assert first <= day < following(first, interval)
    assert floor(first, interval) == first


@pytest.mark.parametrize(
    ("interval", "first", "after"),
    [
        ("day", "2026-05-20", "2026-05-21"),
        ("week", "2026-05-18", "2026-05-25"),
        ("month", "2026-05-01", "2026-06-01"),
        ("quarter", "2026-04-01", "2026-07-01"),
        ("year", "2026-01-01", "2027-01-01"),
    ],
)
def test_a_wednesday_in_may(interval: str, first: str, after: str) -> None:
    (bucket,) = buckets(at("2026-05-20T10:00"), at("2026-05-20T11:00"), interval, ZoneInfo("UTC"))
    assert bucket == Bucket(date.fromisoformat(first), date.fromisoformat(after), False)


def test_the_weeks_in_which_the_clocks_change_are_whole() -> None:
    spans = list(buckets(at("2026-03-23", BERLIN), at("2026-04-06", BERLIN), "week", BERLIN))
    assert [(s.first, s.whole) for s in spans] == [
        (date(2026, 3, 23), True),
        (date(2026, 3, 30), True),
    ]
    hours = [
        (midnight(s.after, BERLIN) - midnight(s.first, BERLIN)) / timedelta(hours=1) for s in spans
    ]
    assert hours == [7 * 24 - 1, 7 * 24]


def test_a_range_that_cuts_a_bucket_leaves_it_in_pieces() -> None:
    spans = list(buckets(at("2026-01-01"), at("2026-02-01"), "week", ZoneInfo("UTC")))
    assert [s.whole for s in spans] == [False, True, True, True, False]


def test_a_day_begins_where_the_clocks_skip_midnight() -> None:
    # In Cairo the clocks went from 00:00 to 01:00 on 2024-04-26.
    cairo = ZoneInfo("Africa/Cairo")
    assert midnight(date(2024, 4, 26), cairo) == at("2024-04-25T22:00")
    assert midnight(date(2024, 4, 26), cairo).astimezone(cairo).hour == 1


def test_a_day_that_a_zone_skips_has_no_bucket() -> None:
    # Samoa crossed the date line: after 2011-12-29 came 2011-12-31.
    apia = ZoneInfo("Pacific/Apia")
    spans = list(buckets(at("2011-12-29", apia), at("2012-01-01", apia), "day", apia))
    assert [(s.first, s.whole) for s in spans] == [
        (date(2011, 12, 29), True),
        (date(2011, 12, 31), True),
    ]
