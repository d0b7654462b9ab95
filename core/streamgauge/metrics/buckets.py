"""Calendar buckets in a time zone: days, weeks, months, quarters, years, or the whole range."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

INTERVALS: Final = ("day", "week", "month", "quarter", "year", "all")
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONDAY: Final = WEEKDAYS[0]
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The local days `first` <= day < `after`, which are the instants `start` <= time < `end`.

    It is `whole` where the asked range covers all of it. That of the interval ``all`` is exactly
    the range, which may begin and end within a day.
    """

    first: date
    after: date
    start: datetime
    end: datetime
    whole: bool


class Places:
    """Where days or instants of a range fall among its buckets: their place in the sequence."""

    def __init__(self, spans: Sequence[Bucket]) -> None:
        self._firsts = [span.first for span in spans]
        self._starts = [span.start for span in spans]

    def of_day(self, day: date) -> int:
        """The place of a local day's bucket.

        Where the clocks go back over midnight, a date comes twice, and a range that begins or ends
        between holds times of a day that has no bucket there: its first or last bucket takes them.
        """
        return max(0, bisect_right(self._firsts, day) - 1)

    def of_instant(self, moment: datetime) -> int:
        """The place of an instant's bucket."""
        return max(0, bisect_right(self._starts, moment) - 1)


def buckets(
    start: datetime, end: datetime, interval: str, tz: ZoneInfo, week_start: str = MONDAY
) -> Iterator[Bucket]:
    """The buckets that the range start <= time < end touches, in order, without gaps."""
    first = day_of(start, tz)
    last = day_of(end - timedelta(microseconds=1), tz)
    if interval == "all":
        yield Bucket(first, last + _DAY, start, end, whole=True)
        return
    first = floor(first, interval, week_start)
    begins = midnight(first, tz)
    while first <= last:
        after = following(first, interval)
        ends = midnight(after, tz)
        if begins < ends:  # a zone that crosses the date line skips a day
            yield Bucket(first, after, begins, ends, whole=begins >= start and ends <= end)
        first, begins = after, ends


def holding(
    days: Iterable[date], interval: str, tz: ZoneInfo, week_start: str = MONDAY
) -> list[Bucket]:
    """The buckets that hold at least one of the local days, in order, each as if it were whole."""
    found = []
    for first in sorted({floor(day, interval, week_start) for day in days}):
        after = following(first, interval)
        found.append(Bucket(first, after, midnight(first, tz), midnight(after, tz), whole=True))
    return found


def floor(day: date, interval: str, week_start: str = MONDAY) -> date:
    """The first day of the calendar bucket that the day is in.

    Weeks start on `week_start`, months, quarters and years with the calendar's. The interval
    ``all`` is no calendar's: KeyError.
    """
    if interval == "day":
        return day
    if interval == "week":
        return day - timedelta(days=(day.weekday() - WEEKDAYS.index(week_start)) % 7)
    months = _MONTHS[interval]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def following(first: date, interval: str) -> date:
    """The first day of the next calendar bucket, where `first` is that of one."""
    if interval == "day":
        return first + _DAY
    if interval == "week":
        return first + timedelta(days=7)
    month = first.month - 1 + _MONTHS[interval]
    return date(first.year + month // 12, month % 12 + 1, 1)


def midnight(day: date, tz: ZoneInfo) -> datetime:
    """The instant at which the day begins in the zone.

    Where the clocks skip midnight, the day begins at the instant they jump, which is the same
    instant as the skipped 00:00 read with the offset before the jump.
    """
    return datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)


def day_of(moment: datetime, tz: ZoneInfo) -> date:
    """The local day that an instant is in: the last one that has begun.

    That is its date, but where the clocks go back over midnight, as they did in St. John's at one
    minute past: the hour that then comes again is still of the day that had begun.
    """
    day = moment.astimezone(tz).date()
    return day + _DAY if midnight(day + _DAY, tz) <= moment else day
