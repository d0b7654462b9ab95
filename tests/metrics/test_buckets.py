"""Buckets cover a range without gaps, in any zone, over any change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.metrics.buckets import (
    INTERVALS,
    WEEKDAYS,
    Bucket,
    Places,
    buckets,
    day_of,
    floor,
    following,
    holding,
    midnight,
)

# Those after Cairo have begun a day twice, have had one of 47 hours, and have changed at odd times.
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
         "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo", "America/St_Johns",
         "Pacific/Kwajalein", "Asia/Pyongyang", "Antarctica/Casey"]  # fmt: skip
CALENDAR = [interval for interval in INTERVALS if interval != "all"]
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, tz: ZoneInfo | None = None) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=tz or UTC).astimezone(UTC)


# Around the changes of the clocks, and the skipped days, of the zones above.
ODD = ["2006-10-29T02:31", "2007-03-11T03:31", "2011-12-30T10:00", "1993-08-21T12:00",
       "1969-09-30T13:00", "2015-08-14T15:00", "2018-05-04T15:00", "2020-10-03T16:01",
       "2024-04-25T22:00", "2024-10-31T21:00", "2018-11-04T03:00", "2026-03-29T01:00"]  # fmt: skip
instants = st.datetimes(datetime(1950, 1, 1), datetime(2050, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
) | st.builds(
    lambda odd, off: at(odd) + off,
    st.sampled_from(ODD),
    st.timedeltas(timedelta(days=-2), timedelta(days=2)),
)


@given(
    start=instants,
    span=st.timedeltas(timedelta(microseconds=1), timedelta(days=800))
    | st.timedeltas(timedelta(microseconds=1), timedelta(days=3)),
    interval=st.sampled_from(INTERVALS),
    zone=st.sampled_from(ZONES),
    week_start=st.sampled_from(WEEKDAYS),
    share=st.floats(0, 1),
)
def test_buckets_tile_the_range(
    start: datetime, span: timedelta, interval: str, zone: str, week_start: str, share: float
) -> None:
    tz = ZoneInfo(zone)
    end = start + span
    spans = list(buckets(start, end, interval, tz, week_start))
    assert all(one.end == other.start for one, other in pairwise(spans))
    assert all(one.after <= other.first for one, other in pairwise(spans))
    assert all(bucket.first < bucket.after and bucket.start < bucket.end for bucket in spans)
    assert spans[0].start <= start < spans[0].end
    assert spans[-1].start < end <= spans[-1].end
    assert [b.whole for b in spans] == [start <= b.start and b.end <= end for b in spans]
    # Every instant of the range is in one bucket, and so is the day that it is in.
    moment = min(start + share * span, end - timedelta(microseconds=1))
    day = day_of(moment, tz)
    places = [n for n, b in enumerate(spans) if b.start <= moment < b.end]
    assert places == [n for n, b in enumerate(spans) if b.first <= day < b.after]
    assert places == [Places(spans).of_instant(moment)] == [Places(spans).of_day(day)]
    # Whatever the clocks did, its date has a place too.
    assert Places(spans).of_day(moment.astimezone(tz).date()) in range(len(spans))


@given(
    start=instants,
    span=st.timedeltas(timedelta(microseconds=1), timedelta(days=800)),
    zone=st.sampled_from(ZONES),
)
def test_the_bucket_of_all_is_exactly_the_range(
    start: datetime, span: timedelta, zone: str
) -> None:
    (bucket,) = buckets(start, start + span, "all", ZoneInfo(zone))
    assert (bucket.start, bucket.end, bucket.whole) == (start, start + span, True)


@given(
    day=st.dates(date(1, 1, 10), date(9990, 1, 1)),
    interval=st.sampled_from(CALENDAR),
    week_start=st.sampled_from(WEEKDAYS),
)
def test_every_day_is_in_exactly_one_bucket(day: date, interval: str, week_start: str) -> None:
    first = floor(day, interval, week_start)
    assert first <= day < following(first, interval)
    assert floor(first, interval, week_start) == first
    assert floor(following(first, interval), interval, week_start) == following(first, interval)
    if interval == "week":
        assert first.strftime("%A").lower() == week_start


@given(
    days=st.lists(st.dates(date(1980, 1, 1), date(2040, 1, 1)), max_size=20),
    interval=st.sampled_from(CALENDAR),
    zone=st.sampled_from(ZONES),
    week_start=st.sampled_from(WEEKDAYS),
)
def test_the_buckets_that_hold_some_days(
    days: list[date], interval: str, zone: str, week_start: str
) -> None:
    spans = holding(days, interval, ZoneInfo(zone), week_start)
    assert [span.first for span in spans] == sorted({floor(d, interval, week_start) for d in days})
    for day in days:
        span = spans[Places(spans).of_day(day)]
        assert span.first <= day < span.after


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
    days = date.fromisoformat(first), date.fromisoformat(after)
    assert bucket == Bucket(*days, at(first), at(after), whole=False)


@pytest.mark.parametrize(
    ("week_start", "first"),
    [("monday", 18), ("tuesday", 19), ("wednesday", 20), ("thursday", 14), ("sunday", 17)],
)
def test_the_week_of_a_wednesday_in_may(week_start: str, first: int) -> None:
    start, end = at("2026-05-20T10:00"), at("2026-05-20T11:00")
    (bucket,) = buckets(start, end, "week", ZoneInfo("UTC"), week_start)
    assert (bucket.first, bucket.after) == (date(2026, 5, first), date(2026, 5, first + 7))


def test_all_begins_and_ends_within_a_day() -> None:
    start, end = at("2026-05-20T10:00"), at("2026-05-21T11:00")
    (bucket,) = buckets(start, end, "all", BERLIN)
    assert bucket == Bucket(date(2026, 5, 20), date(2026, 5, 22), start, end, whole=True)
    with pytest.raises(KeyError):
        floor(date(2026, 5, 20), "all")


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


def test_an_hour_that_comes_again_after_midnight_is_of_the_day_that_had_begun() -> None:
    # In St. John's, one minute after midnight, it was 23:01 again on 2006-10-28.
    johns = ZoneInfo("America/St_Johns")
    began, again = at("2006-10-29T02:30"), at("2006-10-29T03:00")
    assert midnight(date(2006, 10, 29), johns) == began
    assert again.astimezone(johns).date() == date(2006, 10, 28)
    assert day_of(again, johns) == date(2006, 10, 29)
    spans = list(buckets(began, at("2006-10-31T02:30"), "day", johns))
    assert [span.first.day for span in spans] == [29, 30]
    # By its date, as Postgres has it, it would be in the bucket before the first.
    assert Places(spans).of_day(date(2006, 10, 28)) == 0
