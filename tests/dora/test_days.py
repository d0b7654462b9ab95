"""However a range is cut, its days and parts are all of it, and no instant is in two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from streamgauge_dora.asking.days import cut, split

ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"])
INSTANTS = st.datetimes(datetime(2011, 12, 20), datetime(2012, 4, 5), timezones=st.just(UTC))


@given(INSTANTS, st.timedeltas(timedelta(seconds=1), timedelta(days=40)), ZONES, INSTANTS)
def test_the_pieces_are_the_range(
    start: datetime, length: timedelta, zone: str, now: datetime
) -> None:
    end, tz = start + length, ZoneInfo(zone)
    found = cut(start, end, tz)
    by_now = split(found, now)
    for each in (found, by_now):
        pieces = sorted([*((day.begin, day.end) for day in each.days), *each.rest])
        assert [piece[0] for piece in pieces] == [start, *(piece[1] for piece in pieces[:-1])]
        assert pieces[-1][1] == end
        assert all(begin < after for begin, after in pieces)
    assert by_now.days == [day for day in found.days if day.end <= now]


@given(INSTANTS)
def test_of_the_day_that_is_not_over_only_its_last_hour_is_read_again(now: datetime) -> None:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    whole = cut(midnight - timedelta(days=3), midnight + timedelta(days=1), ZoneInfo("UTC"))
    begin, end = split(whole, now).rest[-1]
    assert end == midnight + timedelta(days=1)
    assert now - timedelta(hours=1) < begin <= now
