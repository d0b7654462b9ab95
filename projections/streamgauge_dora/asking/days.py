"""Rows by the day, of which those of days that are over are read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from streamgauge.metrics.buckets import midnight
from streamgauge.metrics.ordered import Ordered
from streamgauge_dora.asking.memory import Shelf

Row = tuple[Any, ...]
"""First the span, then the day, then whatever else."""
Range = tuple[datetime, datetime]
Read = Callable[[datetime, datetime], Sequence[Row]]
"""The rows of the range from one instant to the other."""
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_ROW: Final = 30
"""What a row weighs, beside its amounts."""


class Day(NamedTuple):
    """A day of 24 hours: each instant from its midnight to the next has its date."""

    day: date
    begin: datetime
    end: datetime


class _Kept(NamedTuple):
    end: datetime
    rows: Sequence[Row]
    weight: int

    @classmethod
    def of(cls, end: datetime, rows: Iterable[Row]) -> _Kept:
        found = [tuple(_kept(value) for value in row) for row in rows]
        return cls(end, found, sum(map(_weight, found)))


class Cut(NamedTuple):
    """A range, cut into whole days and what lies before, after and between them."""

    days: Sequence[Day]
    rest: Sequence[Range]


class Days(Shelf):
    """The rows of one statement: of whole days, and of the parts of days last asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._days: dict[date, _Kept] = {}
        self._parts: dict[Range, _Kept] = {}

    def forget(self, since: datetime | None) -> None:
        """The days that were not over by then."""
        self._days = {k: v for k, v in self._days.items() if since and v.end <= since}
        self._parts = {k: v for k, v in self._parts.items() if since and v.end <= since}
        self._weigh()

    def rows(self, spans: Mapping[int, Cut], read: Read) -> list[Row]:
        """Those of the days and of the parts of days, in their spans; what is not known is read."""
        days = [day for cut in spans.values() for day in cut.days]
        for start, end in _stretches(day for day in days if day.day not in self._days):
            self._learn([day for day in days if start <= day.begin < end], read(start, end))
        parts = [part for cut in spans.values() for part in cut.rest]
        self._parts = {
            part: self._parts.get(part) or _Kept.of(part[1], read(*part)) for part in parts
        }
        self._weigh()
        return [
            row if row[0] == span else (span, *row[1:])
            for span, cut in spans.items()
            for kept in self._of(cut)
            for row in kept.rows
        ]

    def _of(self, cut: Cut) -> Iterator[_Kept]:
        yield from (self._days[day.day] for day in cut.days)
        yield from (self._parts[part] for part in cut.rest)

    def _learn(self, days: Sequence[Day], rows: Iterable[Row]) -> None:
        found: dict[date, list[Row]] = {day.day: [] for day in days}
        for row in rows:
            found[row[1]].append(row)
        self._days |= {day.day: _Kept.of(day.end, found[day.day]) for day in days}

    def _weigh(self) -> None:
        kept = chain(self._days.values(), self._parts.values())
        self.weight = sum(each.weight for each in kept)


@lru_cache(maxsize=256)
def cut(start: datetime, end: datetime, tz: ZoneInfo) -> Cut:
    """The days of the zone that are whole in the range, and the rest of it."""
    days: list[Day] = []
    rest: list[Range] = []
    at, day = start, start.astimezone(tz).date()
    while at < end:
        begin, after = midnight(day, tz), midnight(day + _DAY, tz)
        # Where the clocks are changed, a date may come twice, and is nobody's whole day.
        if begin >= at and after <= end and after - begin == _DAY:
            if at < begin:
                rest.append((at, begin))
            days.append(Day(day, begin, after))
            at = after
        day += _DAY
        if begin >= end:
            break
    if at < end:
        rest.append((at, end))
    return Cut(days, [part for each in rest for part in _by_hours(each)])


def split(range_: Cut, now: datetime) -> Cut:
    """The same with the day that is not over in two: its whole hours until now, and the rest, which
    is all that is to be read again when something happens."""
    over = [day for day in range_.days if day.end <= now]
    hour = now.replace(minute=0, second=0, microsecond=0)
    parts = [
        part
        for day in range_.days[len(over) :]
        for part in pairwise(sorted({day.begin, min(max(day.begin, hour), day.end), day.end}))
    ]
    return Cut(over, [*range_.rest, *parts])


def _by_hours(part: Range) -> Iterator[Range]:
    """Its whole hours together, and what is before and after them: when a question's range has
    moved on by a minute, only that is to be read."""
    start, end = part
    hour = start.replace(minute=0, second=0, microsecond=0)
    first = hour if hour == start else hour + _HOUR
    last = end.replace(minute=0, second=0, microsecond=0)
    cuts = sorted({start, end, *(moment for moment in (first, last) if start < moment < end)})
    yield from pairwise(cuts)


def _stretches(days: Iterable[Day]) -> Iterator[Range]:
    """Days that follow each other, as one."""
    begin = end = None
    for day in days:
        if end is not None and begin is not None and day.begin != end:
            yield begin, end
            begin = None
        begin, end = begin or day.begin, day.end
    if begin is not None and end is not None:
        yield begin, end


def _weight(row: Row) -> int:
    return _ROW + sum(len(value) for value in row if isinstance(value, Ordered))


def _kept(value: Any) -> Any:
    return Ordered(value) if isinstance(value, list) else value
