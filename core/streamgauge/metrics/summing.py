"""The answer of a metric whose items each have an amount: what they come to, by a statistic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from streamgauge.errors import InvalidQuery
from streamgauge.metrics.buckets import Bucket, Places, buckets, day_of, holding
from streamgauge.metrics.items import Asked, Item, Key, asked
from streamgauge.metrics.query import MetricQuery
from streamgauge.metrics.statistics import Statistic, percentile

MOST_CELLS: Final = 200_000
_NOTHING: Final = "there is nothing that counts in this range"


def summed(items: Iterable[Item], query: MetricQuery, statistic: Statistic) -> dict[str, Any]:
    """The `result` of an answer: of the items that the question is about, in whatever order.

    `value` is the statistic of the amounts of those that count, None where there are none, and `n`
    their number: ``median``, ``mean`` (of ones and noughts, a share), ``math.fsum``. `percentiles`
    if asked for, `left_out` how many do not count and why, `previous` the range before, `buckets`,
    and with ``group_by`` the same for each of `groups`. Items may be of any time, tenant and
    dimension; the question is applied here. Raises InvalidQuery where groups and buckets are too
    many.
    """
    found = list(asked(items, query))
    spans = _spans(found, query)
    result = _result(found, spans, query, statistic)
    if query.group_by:
        groups: dict[Key, list[Asked]] = defaultdict(list)
        for each in found:
            groups[each.key].append(each)
        _refuse_too_many(groups, spans, query)
        result["groups"] = [
            {
                **dict(zip(query.group_by, key, strict=True)),
                **_result(groups[key], spans, query, statistic),
            }
            for key in sorted(groups, key=_sortable)
        ]
    return result


def explained(
    items: Iterable[Item], query: MetricQuery, statistic: Statistic
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The `result` and the `items` of an explanation: what `summed` makes of the asked range, and
    what it makes it of, in the order of time; those of one instant as they are given."""
    found = sorted(
        (each for each in asked(items, query) if not each.is_previous),
        key=lambda each: each.item.at,
    )
    told = [
        {
            "counts": each.item.left_out is None,
            "left_out": each.item.left_out,
            "amount": each.item.amount,
            "group": dict(zip(query.group_by, each.key, strict=True)) if query.group_by else None,
            **each.item.dimensions,
            **each.item.detail,
        }
        for each in found
    ]
    return _whole([each.item for each in found], query, statistic), told


def _whole(items: Sequence[Item], query: MetricQuery, statistic: Statistic) -> dict[str, Any]:
    left_out = Counter(item.left_out for item in items if item.left_out is not None)
    value = _value(items, query, statistic)
    reason = {"reason": _NOTHING} if value["value"] is None else {}
    return {**value, **reason, "left_out": dict(sorted(left_out.items()))}


def _result(
    found: Sequence[Asked], spans: Sequence[Bucket], query: MetricQuery, statistic: Statistic
) -> dict[str, Any]:
    items = [each.item for each in found if not each.is_previous]
    previous = [each.item for each in found if each.is_previous]
    result = _whole(items, query, statistic)
    return {
        **result,
        "previous": _previous(result["value"], previous, query, statistic),
        "buckets": _buckets(items, spans, query, statistic),
    }


def _previous(
    value: float | None, items: Sequence[Item], query: MetricQuery, statistic: Statistic
) -> dict[str, Any]:
    before = query.previous
    amounts = _amounts(items)
    earlier = statistic(amounts) if amounts else None
    return {
        "from": before.start.astimezone(query.tz).isoformat(),
        "to": before.end.astimezone(query.tz).isoformat(),
        "value": earlier,
        "n": len(amounts),
        "difference": None if value is None or earlier is None else value - earlier,
    }


def _buckets(
    items: Sequence[Item], spans: Sequence[Bucket], query: MetricQuery, statistic: Statistic
) -> list[dict[str, Any]]:
    places = Places(spans)
    piles: list[list[Item]] = [[] for _ in spans]
    for item in items:
        if spans and item.left_out is None:
            piles[places.of_instant(item.at)].append(item)
    return [
        {
            "start": span.start.astimezone(query.tz).isoformat(),
            "end": span.end.astimezone(query.tz).isoformat(),
            "whole": span.whole,
            **_value(pile, query, statistic),
        }
        for span, pile in zip(spans, piles, strict=True)
    ]


def _value(items: Sequence[Item], query: MetricQuery, statistic: Statistic) -> dict[str, Any]:
    amounts = _amounts(items)
    found: dict[str, Any] = {"value": statistic(amounts) if amounts else None, "n": len(amounts)}
    if query.percentiles:
        found["percentiles"] = {
            f"{part:g}": percentile(amounts, part) if amounts else None
            for part in query.percentiles
        }
    return found


def _amounts(items: Sequence[Item]) -> list[float]:
    return [item.amount for item in items if item.left_out is None and item.amount is not None]


def _spans(found: Sequence[Asked], query: MetricQuery) -> list[Bucket]:
    """The buckets of the range; of a sparse question, those in which something counts."""
    if not query.sparse:
        return list(buckets(query.start, query.end, query.interval, query.tz, query.week_start))
    days = {
        day_of(each.item.at, query.tz)
        for each in found
        if each.item.left_out is None and not each.is_previous
    }
    return holding(days, query.interval, query.tz, query.week_start)


def _refuse_too_many(
    groups: dict[Key, list[Asked]], spans: Sequence[Bucket], query: MetricQuery
) -> None:
    if not query.sparse and len(spans) * len(groups) > MOST_CELLS:
        raise InvalidQuery(
            f"{len(groups)} groups in {len(spans)} buckets are too many; "
            "ask for a longer interval or fewer groups",
            where="interval",
        )


def _sortable(key: Key) -> tuple[tuple[bool, str], ...]:
    return tuple((value is not None, value or "") for value in key)
