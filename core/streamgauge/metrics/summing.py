"""The answer of a metric whose items each have an amount: what they come to, by a statistic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final

from streamgauge.metrics.buckets import Bucket, Places, day_of
from streamgauge.metrics.frame import Key, bucket, each_group, percentiles, previous, spans_of
from streamgauge.metrics.items import Asked, Item, asked
from streamgauge.metrics.query import MetricQuery
from streamgauge.metrics.statistics import Statistic

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
    counted = (each for each in found if each.item.left_out is None and not each.is_previous)
    spans = spans_of(query, (day_of(each.item.at, query.tz) for each in counted))
    result_of = partial(_result, spans=spans, query=query, statistic=statistic)
    result = result_of(found)
    if query.group_by:
        groups: dict[Key, list[Asked]] = defaultdict(list)
        for each in found:
            groups[each.key].append(each)
        result["groups"] = each_group(query, groups, spans, result_of)
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
    return {**_value(items, query, statistic), "left_out": dict(sorted(left_out.items()))}


def _result(
    found: Sequence[Asked], spans: Sequence[Bucket], query: MetricQuery, statistic: Statistic
) -> dict[str, Any]:
    items = [each.item for each in found if not each.is_previous]
    before = _amounts([each.item for each in found if each.is_previous])
    result = _whole(items, query, statistic)
    earlier = statistic(before) if before else None
    return {
        **result,
        "previous": previous(query, result["value"], earlier, len(before)),
        "buckets": _buckets(items, spans, query, statistic),
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
        bucket(query, span, _value(pile, query, statistic))
        for span, pile in zip(spans, piles, strict=True)
    ]


def _value(items: Sequence[Item], query: MetricQuery, statistic: Statistic) -> dict[str, Any]:
    amounts = _amounts(items)
    value = statistic(amounts) if amounts else None
    reason = {"reason": _NOTHING} if value is None else {}
    return {"value": value, "n": len(amounts), **reason, **percentiles(query, amounts)}


def _amounts(items: Sequence[Item]) -> list[float]:
    return [item.amount for item in items if item.left_out is None and item.amount is not None]
