"""What an answer has, whatever its metric is made of: buckets, the range before, and groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar

from streamgauge.errors import InvalidQuery
from streamgauge.metrics.buckets import Bucket, buckets, holding
from streamgauge.metrics.query import MetricQuery
from streamgauge.metrics.statistics import percentile

MOST_CELLS: Final = 200_000
"""Groups times buckets of one answer."""

Key = tuple[str | None, ...]
"""The values of the dimensions that a question groups by."""

_Group = TypeVar("_Group")


def spans_of(query: MetricQuery, days: Iterable[date]) -> list[Bucket]:
    """The buckets of the range; of a sparse question, those that have one of the `days`."""
    if query.sparse:
        return holding(set(days), query.interval, query.tz, query.week_start)
    return list(buckets(query.start, query.end, query.interval, query.tz, query.week_start))


def bucket(query: MetricQuery, span: Bucket, found: Mapping[str, Any]) -> dict[str, Any]:
    """A bucket with what was found for it."""
    return {
        "start": span.start.astimezone(query.tz).isoformat(),
        "end": span.end.astimezone(query.tz).isoformat(),
        "whole": span.whole,
        **found,
    }


def previous(
    query: MetricQuery, value: float | None, earlier: float | None, n: int
) -> dict[str, Any]:
    """The range before, with its value and its `n`, and how much the `value` of now is above it."""
    before = query.previous
    return {
        "from": before.start.astimezone(query.tz).isoformat(),
        "to": before.end.astimezone(query.tz).isoformat(),
        "value": earlier,
        "n": n,
        "difference": None if value is None or earlier is None else value - earlier,
    }


def percentiles(query: MetricQuery, amounts: Sequence[float]) -> dict[str, Any]:
    """The member with those that were asked for; nothing where none were."""
    if not query.percentiles:
        return {}
    return {
        "percentiles": {
            f"{part:g}": percentile(amounts, part) if amounts else None
            for part in query.percentiles
        }
    }


def each_group(
    query: MetricQuery,
    groups: Mapping[Key, _Group],
    spans: Sequence[Bucket],
    result: Callable[[_Group], Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """The `groups` of an answer in the order of their keys, unknown ones first.

    Raises InvalidQuery where they have too many buckets.
    """
    if not query.sparse and len(spans) * len(groups) > MOST_CELLS:
        raise InvalidQuery(
            f"{len(groups)} groups in {len(spans)} buckets are too many; "
            "ask for a longer interval or fewer groups",
            where="interval",
        )
    return [
        {**dict(zip(query.group_by, key, strict=True)), **result(groups[key])}
        for key in sorted(groups, key=_sortable)
    ]


def _sortable(key: Key) -> tuple[tuple[bool, str], ...]:
    return tuple((value is not None, value or "") for value in key)
