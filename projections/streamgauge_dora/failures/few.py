"""Items that are few and costly to find, such as failures: those of all times, kept by the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from streamgauge.metrics.ordered import Ordered
from streamgauge.metrics.parameters import LATEST
from streamgauge_dora.asking.days import cut
from streamgauge_dora.asking.items import CURRENT, PREVIOUS, Item
from streamgauge_dora.asking.memory import Shelf
from streamgauge_dora.asking.remembering import lasting, shelf_of
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.failures import attempts
from streamgauge_dora.failures.known import back, known
from streamgauge_dora.failures.wrong import About, Known

_DAY: Final = timedelta(days=1)
_ITEM: Final = 100
"""What an item weighs."""

Find = Callable[[Scope, Known], Iterable[Item]]
"""The items of a scope, each with its instant and with what it is `of`; nothing else decides them
than that, and what is known to be wrong."""


class Few(Shelf):
    """The items of one formula and one kind of question, since some instant."""

    def __init__(self) -> None:
        super().__init__()
        self.forget(None)

    def forget(self, since: datetime | None) -> None:
        """What is of deployments since then: which of them count may be other now."""
        if since is None:
            self._begin: datetime | None = None
            self._version = 0
            self._since: datetime | None = None
            self._of: dict[About, list[Item]] = {}
            self._days: dict[date, list[Item]] = {}
            self._together: dict[date, Sequence[Item]] = {}
            self.weight = 0
        elif self._begin is not None:
            self._since = min(since, self._since or since)

    def items(self, scope: Scope, wrong: Known, find: Find) -> Iterator[Item]:
        """Those of the scope, which are made of what is `wrong`."""
        self._bring(scope, wrong, find)
        query = scope.query
        for span, start, end in (
            (PREVIOUS, scope.since, query.start),
            (CURRENT, query.start, query.end),
        ):
            found = cut(start, end, query.tz)
            for day in found.days:
                for item in self._alike(day.day):
                    yield item if item.span == span else item._replace(span=span)
            for part in found.rest:
                for item in self._near(*part, query.tz):
                    if item.at is not None and part[0] <= item.at < part[1]:
                        yield item._replace(span=span)

    def _bring(self, scope: Scope, wrong: Known, find: Find) -> None:
        """Up to what is wrong now."""
        changed = wrong.changed(self._version)
        if self._begin is None or self._begin > scope.since or changed is None:
            self.forget(None)
            self._begin = scope.since
            self._add(_since(scope, self._begin), wrong, find)
        else:
            if self._since is not None:
                changed |= wrong.deployed_since(self._since)
            if changed:
                self._drop(changed)
                self._add(_since(scope, self._begin), wrong.about(changed), find, changed)
        self._version, self._since = wrong.version, None
        self.weight = _ITEM * len(self._of)

    def _add(
        self, scope: Scope, wrong: Known, find: Find, wanted: frozenset[About] | None = None
    ) -> None:
        for item in find(scope, wrong):
            if item.of is not None and (wanted is None or item.of in wanted):
                self._of.setdefault(item.of, []).append(item)
                self._days.setdefault(item.day, []).append(item)
                self._together.pop(item.day, None)

    def _drop(self, unwanted: frozenset[About]) -> None:
        days = {item.day for of in unwanted for item in self._of.pop(of, ())}
        for day in days:
            self._days[day] = [item for item in self._days[day] if item.of not in unwanted]
            self._together.pop(day, None)

    def _alike(self, day: date) -> Sequence[Item]:
        """Those of a day, of which such as are alike are one."""
        if day not in self._days:
            return ()
        if day not in self._together:
            self._together[day] = _together(self._days[day])
        return self._together[day]

    def _near(self, start: datetime, end: datetime, tz: ZoneInfo) -> Iterator[Item]:
        """Those of the days that the range touches, and of the days beside them."""
        day, last = (moment.astimezone(tz).date() for moment in (start - _DAY, end + _DAY))
        while day <= last:
            yield from self._days.get(day, ())
            day += _DAY


def few(scope: Scope, name: Hashable, find: Find) -> Iterator[Item]:
    """The items of the scope that `find` gives, as remembered where that is possible."""
    # An attempt is over with the next deployment, whenever that is.
    is_open = attempts.RULE in scope.definition.rules
    if scope.memory is None or scope.detailed or scope.query.as_of is None or is_open:
        yield from find(scope, known(scope))
        return
    query, wrong = scope.query, known(scope)
    key = (
        "few",
        name,
        scope.tables["moves"].as_string(scope.cursor),
        repr((scope.section, scope.definition, query.filters, query.group_by)),
        query.teams.digest,
        lasting(scope),
        back(scope.since),
    )
    with shelf_of(scope, scope.memory, key, Few) as shelf:
        found = list(shelf.items(scope, wrong, find))
    yield from found


def _since(scope: Scope, begin: datetime) -> Scope:
    """All since then, without an end, whatever part of it is asked for."""
    return replace(scope, query=replace(scope.query, start=begin, end=LATEST), alone=True)


def _together(items: Iterable[Item]) -> Sequence[Item]:
    """Those that are alike as one."""
    piles: dict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        piles[(item.key, item.mark, item.left_out, item.within, tuple(item.parts))].append(item)
    return [_one(pile) for pile in piles.values()]


def _one(pile: Sequence[Item]) -> Item:
    amounts = [amount for item in pile for amount in item.amounts]
    return pile[0]._replace(n=len(pile), amounts=Ordered(amounts), thing=None, at=None, of=None)
