"""Days of a period, and on which of them something was deployed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby

from streamgauge.metrics.buckets import buckets, day_of
from streamgauge_dora.asking.formula import Period
from streamgauge_dora.asking.items import Item


def busy_days(items: Iterable[Item]) -> Counter[date]:
    """Day -> how many deployments it had; only those that had any."""
    counts: Counter[date] = Counter()
    for item in items:
        counts[item.day] += item.n
    return counts


def half_years(days: Counter[date], period: Period) -> list[int]:
    """For each half of a calendar year that is whole, how many days have a deployment."""
    busy = Counter((day.year, day.month > 6) for day in days)
    quarters = Counter(
        (span.first.year, span.first.month > 6)
        for span in buckets(period.start, period.end, "quarter", period.query.tz)
        if span.whole
    )
    return [busy[half] for half, count in quarters.items() if count == 2]


def six_months(days: Counter[date], period: Period) -> list[int]:
    """How many days have a deployment in the six months that end with the last month of the range,
    with the sixth before that, and so on. There may be fewer than six; and DevLake begins anew
    whenever a year is a multiple of six."""
    busy = Counter(day.replace(day=1) for day in days)
    query = period.query
    months = [span.first for span in buckets(period.start, period.end, "month", query.tz)]
    blocks = groupby(range(len(months)), key=lambda place: months[place].year // 6)
    ends = [end for _, block in blocks for end in list(block)[::-1][::6]]
    return [sum(busy[month] for month in months[max(0, end - 5) : end + 1]) for end in ends]


def days_in(period: Period) -> range:
    """The local days that the part of the period is on which the question is about."""
    start, end = max(period.start, period.query.start), min(period.end, period.query.end)
    first = day_of(start, period.query.tz)
    last = day_of(end - timedelta(microseconds=1), period.query.tz)
    return range(first.toordinal(), last.toordinal() + 1)
