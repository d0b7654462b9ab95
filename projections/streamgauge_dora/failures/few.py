"""Items that are few and costly to find, such as failures: those of all times, kept by the day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from streamgauge.metrics.ordered import Ordered
from streamgauge.metrics.parameters import LATEST
from streamgauge_dora.asking.days import cut
from streamgauge_dora.asking.items import CURRENT, PREVIOUS, Item
from streamgauge_dora.asking.memory import Shelf
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.failures import attempts
from streamgauge_dora.failures.known import Known, back, known

_DAY: Final = timedelta(days=1)
_EVER: Final = datetime.min.replace(tzinfo=UTC)
_ITEM: Final = 60
"""What an item weighs."""

Find = Callable[[Scope], Iterable[Item]]
"""The items of a scope, each with the instant of it."""


class Few(Shelf):
    """The items of one formula and one kind of question, since some instant."""

    def __init__(self) -> None:
        super().__init__()
        self._last = LATEST
        self.forget(None)

    def forget(self, since: datetime | None) -> None:
        """All of them, if anything of them is not over by then: what counts may be other now."""
        if since is None or self._last >= since:
            self._version = 0
            self._begin = LATEST
            self._items: Sequence[Item] = ()
            self._by_day: dict[date, list[Item]] = {}
            self._together: dict[date, Sequence[Item]] | None = None
            self.weight = 0

    def items(self, scope: Scope, wrong: Known, find: Find) -> Iterator[Item]:
        """Those of the scope, which are made of what is `wrong`."""
        if wrong.version != self._version or self._begin > scope.since:
            self.forget(None)
            self._find(scope, find)
            self._version, self._last = wrong.version, wrong.last or _EVER
        query = scope.query
        if self._together is None:
            yield from _within(self._items, scope.since, query.start, PREVIOUS)
            yield from _within(self._items, query.start, query.end, CURRENT)
            return
        for span, (start, end) in {
            PREVIOUS: (scope.since, query.start),
            CURRENT: (query.start, query.end),
        }.items():
            found = cut(start, end, query.tz)
            for day in found.days:
                for item in self._together.get(day.day, ()):
                    yield item if item.span == span else item._replace(span=span)
            for part in found.rest:
                yield from _within(self._near(*part, query.tz), *part, span)

    def _find(self, scope: Scope, find: Find) -> None:
        query = replace(scope.query, start=scope.since, end=LATEST)
        items = list(find(replace(scope, query=query, alone=True)))
        by_day: dict[date, list[Item]] = defaultdict(list)
        for item in items:
            by_day[item.day].append(item)
        self._items, self._by_day = items, by_day
        things = Counter((item.mark, item.thing) for item in items)
        if len(things) == len(items):  # else the first of those that are one thing counts
            self._together = {day: _together(each) for day, each in by_day.items()}
        self._begin = scope.since
        self.weight = _ITEM * len(items)

    def _near(self, start: datetime, end: datetime, tz: ZoneInfo) -> Iterator[Item]:
        """Those of the days that the range touches, and of the days beside them."""
        day, last = (moment.astimezone(tz).date() for moment in (start - _DAY, end + _DAY))
        while day <= last:
            yield from self._by_day.get(day, ())
            day += _DAY


def few(scope: Scope, name: Hashable, find: Find) -> Iterator[Item]:
    """The items of the scope that `find` gives, as remembered where that is possible."""
    # An attempt is over with the next deployment, whenever that is.
    is_open = attempts.RULE in scope.definition.rules
    if scope.memory is None or scope.detailed or scope.query.as_of is None or is_open:
        yield from find(scope)
        return
    query, wrong = scope.query, known(scope)
    key = (
        "few",
        name,
        scope.tables["moves"].as_string(scope.cursor),
        repr((scope.section, scope.definition, query.filters, query.group_by)),
        query.teams.digest,
        scope.lasting,
        back(scope.since),
    )
    shelf = scope.memory.shelf(key, Few)
    with shelf.at(scope.moved) as is_remembered:
        found = list(shelf.items(scope, wrong, find))
        if not is_remembered:
            shelf.forget(None)
    scope.memory.tidy()
    yield from found


def _within(items: Iterable[Item], start: datetime, end: datetime, span: int) -> Iterator[Item]:
    for item in items:
        if item.at is not None and start <= item.at < end:
            yield item._replace(span=span)


def _together(items: Iterable[Item]) -> Sequence[Item]:
    """Those that are alike as one."""
    piles: dict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        piles[(item.key, item.mark, item.left_out, item.within, tuple(item.parts))].append(item)
    return [_one(pile) for pile in piles.values()]


def _one(pile: Sequence[Item]) -> Item:
    amounts = [amount for item in pile for amount in item.amounts]
    return pile[0]._replace(n=len(pile), amounts=Ordered(amounts), thing=None, at=None)
