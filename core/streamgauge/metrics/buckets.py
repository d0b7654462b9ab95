"""Calendar buckets in a time zone: days, weeks, months, quarters, years."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

INTERVALS: Final = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Bucket:
    """The local days `first` <= day < `after`; `whole` where the asked range covers all of it."""

    first: date
    after: date
    whole: bool


def buckets(start: datetime, end: datetime, interval: str, tz: ZoneInfo) -> Iterator[Bucket]:
    """The buckets that the range start <= time < end touches, in order, without gaps."""
    first = floor(start.astimezone(tz).date(), interval)
    last_instant = end - timedelta(microseconds=1)
    last_day = last_instant.astimezone(tz).date()
    while first <= last_day:
        after = following(first, interval)
        begins, ends = midnight(first, tz), midnight(after, tz)
        if begins < ends:  # a zone that crosses the date line skips a day
            yield Bucket(first, after, whole=begins >= start and ends <= end)
        first = after


def floor(day: date, interval: str) -> date:
    """The first day of the bucket that the day is in; weeks start on Monday (ISO 8601)."""
    if interval == "day":
        return day
    if interval == "week":
        return day - timedelta(days=day.weekday())
    if interval == "month":
        return day.replace(day=1)
    if interval == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1)


def following(first: date, interval: str) -> date:
    """The first day of the next bucket."""
    if interval == "day":
        return first + timedelta(days=1)
    if interval == "week":
        return first + timedelta(days=7)
    months = {"month": 1, "quarter": 3, "year": 12}[interval]
    month = first.month - 1 + months
    return date(first.year + month // 12, month % 12 + 1, 1)


def midnight(day: date, tz: ZoneInfo) -> datetime:
    """The instant at which the day begins in the zone.

    Where the clocks skip midnight, the day begins at the instant they jump, which is the same
    instant as the skipped 00:00 read with the offset before the jump.
    """
    return datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)
