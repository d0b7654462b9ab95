"""The answer to a question: the items of each group, summed up over the range and its buckets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from streamgauge.errors import InvalidQuery
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.buckets import Bucket, Places, buckets, holding
from streamgauge_dora.asking.formula import Formula, Period, Value
from streamgauge_dora.asking.items import Found, Item, Key, amounts_of
from streamgauge_dora.asking.statistics import percentile
from streamgauge_dora.defining.definition import Definition

MOST_CELLS: Final = 200_000


class Summary:
    """How one metric sums up its items for one question."""

    def __init__(
        self, metric: str, formula: Formula, definition: Definition, query: MetricQuery
    ) -> None:
        self._metric = metric
        self._formula = formula
        self._definition = definition
        self._section = definition.section(metric)
        self._query = query

    def result(self, whole: Found, groups: Mapping[Key, Found]) -> dict[str, Any]:
        """The members of the answer; with groups, each has the same."""
        spans = self._spans(whole)
        if not self._query.sparse and len(spans) * len(groups) > MOST_CELLS:
            raise InvalidQuery(
                f"{len(groups)} groups in {len(spans)} buckets are too many; "
                "ask for a longer interval or fewer groups",
                where="interval",
            )
        found = self._of(whole, spans)
        if self._query.group_by:
            found["groups"] = [
                {**dict(zip(self._query.group_by, key, strict=True)), **self._of(group, spans)}
                for key, group in groups.items()
            ]
        return found

    def whole(self, items: Sequence[Item]) -> dict[str, Any]:
        """What these items come to over the whole range, without buckets and the range before."""
        query = self._query
        counted = [item for item in items if item.left_out is None]
        value = self._value(counted, Period(query.start, query.end, query, banded=True))
        band, note = self._band(value)
        left_out: Counter[str] = Counter()
        for item in items:
            if item.left_out is not None:
                left_out[item.left_out] += item.n
        return {
            "value": value.value,
            "n": value.n,
            "band": band,
            **({} if note is None else {"band_note": note}),
            **({} if value.reason is None else {"reason": value.reason}),
            **value.more,
            **self._percentiles(counted),
            **self._formula.coverage(items),
            "left_out": dict(sorted(left_out.items())),
        }

    def _of(self, found: Found, spans: Sequence[Bucket]) -> dict[str, Any]:
        query, before = self._query, self._query.previous
        earlier = self._value(
            [item for item in found.previous if item.left_out is None],
            Period(before.start, before.end, before, self._formula.by_bands),
        )
        result = self.whole(found.current)
        known = result["value"] is not None and earlier.value is not None
        return {
            **result,
            "previous": {
                "from": before.start.astimezone(query.tz).isoformat(),
                "to": before.end.astimezone(query.tz).isoformat(),
                "value": earlier.value,
                "n": earlier.n,
                "difference": result["value"] - earlier.value if known else None,
            },
            "buckets": self._buckets(
                [item for item in found.current if item.left_out is None], spans
            ),
        }

    def _value(self, items: Sequence[Item], period: Period) -> Value:
        return self._formula.value(items, period, self._section)

    def _band(self, value: Value) -> tuple[str | None, str | None]:
        if value.band is not None:
            return value.band, None
        bands = self._definition.bands
        band = None if bands is None else bands.of(self._metric, value.measured)
        return (None, None) if band is None else (band.name, band.note)

    def _percentiles(self, items: Sequence[Item]) -> dict[str, Any]:
        if not self._query.percentiles:
            return {}
        amounts = amounts_of(items)
        return {
            "percentiles": {
                f"{part:g}": percentile(amounts, part) if amounts else None
                for part in self._query.percentiles
            }
        }

    def _spans(self, whole: Found) -> list[Bucket]:
        """The buckets of the range, or those in which something is."""
        query = self._query
        if query.sparse:
            days = {item.day for item in whole.current if item.left_out is None}
            return holding(days, query.interval, query.tz, query.week_start)
        return list(buckets(query.start, query.end, query.interval, query.tz, query.week_start))

    def _buckets(self, items: Sequence[Item], spans: Sequence[Bucket]) -> list[dict[str, Any]]:
        places, place_of = Places(spans), dict[date, int]()
        piles: list[list[Item]] = [[] for _ in spans]
        for item in items:
            place = place_of.get(item.day)
            if place is None:
                place = place_of[item.day] = places.of_day(item.day)
            piles[place].append(item)
        return [self._bucket(span, pile) for span, pile in zip(spans, piles, strict=True)]

    def _bucket(self, span: Bucket, items: Sequence[Item]) -> dict[str, Any]:
        query = self._query
        value = self._value(items, Period(span.start, span.end, query, self._formula.by_bands))
        return {
            "start": span.start.astimezone(query.tz).isoformat(),
            "end": span.end.astimezone(query.tz).isoformat(),
            "whole": span.whole,
            "value": value.value,
            "n": value.n,
            **value.more,
            **self._percentiles(items),
        }
