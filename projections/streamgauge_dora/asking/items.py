"""Items: what a number is made of, one by one or counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from streamgauge.metrics import MetricQuery
from streamgauge.metrics.frame import Key
from streamgauge.metrics.ordered import together

BEFORE, PREVIOUS, CURRENT = 0, 1, 2
COUNTED_BEFORE = "counted_before"


class Item(NamedTuple):
    """A thing, or `n` things of one day that are alike."""

    span: int
    """Whether it is of the asked range, the one before that, or of earlier times."""
    day: date
    """The day, in the zone of the question, that puts it into a bucket."""
    key: Key
    n: int = 1
    amounts: Sequence[float] = ()
    """Seconds, where the metric is a duration: of each of them that has any."""
    mark: str = ""
    """What it is, where a metric is made of several kinds of things."""
    thing: str | None = None
    """Its id, where it may be found several times and counts once, at the first."""
    left_out: str | None = None
    """Why it does not count."""
    within: Literal["all", "groups"] | None = None
    """Where it stands only among all items, or only in its group: what was counted before in
    another group is left out among all, and counts in its own."""
    parts: Sequence[Any] = ()
    """What else a formula wants to know of it."""
    at: datetime | None = None
    """When that was, of what is found one by one."""
    of: tuple[str, Any] | None = None
    """The deployment or the incident that it is, by its tenant and id."""
    detail: Mapping[str, Any] | None = None
    """What there is to say of it, where it was asked for by itself."""


def only(amount: float | None) -> Sequence[float]:
    """The amounts of a single thing."""
    return () if amount is None else (amount,)


def amounts_of(items: Iterable[Item]) -> Sequence[float]:
    """The amounts of all of them."""
    return together(item.amounts for item in items)


class Found(NamedTuple):
    """The items of one group."""

    current: Sequence[Item]
    previous: Sequence[Item]


def grouped(items: Iterable[Item], query: MetricQuery) -> tuple[Found, Mapping[Key, Found]]:
    """All of them, and those of each group, each thing once in either.

    The items come in the order of time: of a thing that is found several times, the first counts.
    """
    whole = _Pile()
    piles: dict[Key, _Pile] = defaultdict(_Pile)
    for item in items:
        if item.within != "groups":
            whole.add(item)
        if query.group_by and item.within != "all":
            piles[item.key].add(item)
    groups = {key: pile.found() for key, pile in piles.items()}
    return whole.found(), {key: found for key, found in groups.items() if any(found)}


class _Pile:
    def __init__(self) -> None:
        self._items: tuple[list[Item], ...] = ([], [], [])
        self._seen: set[tuple[str, str]] = set()

    def add(self, item: Item) -> None:
        if item.thing is not None:
            name = (item.mark, item.thing)
            if name in self._seen:
                item = item._replace(left_out=COUNTED_BEFORE)
            self._seen.add(name)
        self._items[item.span].append(item)

    def found(self) -> Found:
        return Found(self._items[CURRENT], self._items[PREVIOUS])
