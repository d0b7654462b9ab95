"""The answer to a question: the items of each group, summed up over the range and its buckets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from streamgauge.metrics import MetricQuery
from streamgauge.metrics.buckets import Bucket, Places
from streamgauge.metrics.frame import Key, bucket, each_group, percentiles, previous, spans_of
from streamgauge_dora.asking.formula import Formula, Period, Value
from streamgauge_dora.asking.items import Found, Item, amounts_of
from streamgauge_dora.defining.definition import Definition


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
        counted = (item.day for item in whole.current if item.left_out is None)
        spans = spans_of(self._query, counted)
        found = self._of(whole, spans)
        if self._query.group_by:
            found["groups"] = each_group(self._query, groups, spans, partial(self._of, spans=spans))
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
            **percentiles(query, amounts_of(counted)),
            **self._formula.coverage(items),
            "left_out": dict(sorted(left_out.items())),
        }

    def _of(self, found: Found, spans: Sequence[Bucket]) -> dict[str, Any]:
        before = self._query.previous
        earlier = self._value(
            [item for item in found.previous if item.left_out is None],
            Period(before.start, before.end, before, self._formula.by_bands),
        )
        result = self.whole(found.current)
        counted = [item for item in found.current if item.left_out is None]
        return {
            **result,
            "previous": previous(self._query, result["value"], earlier.value, earlier.n),
            "buckets": self._buckets(counted, spans),
        }

    def _value(self, items: Sequence[Item], period: Period) -> Value:
        return self._formula.value(items, period, self._section)

    def _band(self, value: Value) -> tuple[str | None, str | None]:
        if value.band is not None:
            return value.band, None
        bands = self._definition.bands
        band = None if bands is None else bands.of(self._metric, value.measured)
        return (None, None) if band is None else (band.name, band.note)

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
        found = {
            "value": value.value,
            "n": value.n,
            **({} if value.reason is None else {"reason": value.reason}),
            **value.more,
            **percentiles(query, amounts_of(items)),
        }
        return bucket(query, span, found)
