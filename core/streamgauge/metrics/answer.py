"""Reads a metric's answer, or its explanation, and the position it is as of from one snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import InvalidQuery
from streamgauge.metrics.metric import Metric, MetricAnswer
from streamgauge.metrics.places import Place
from streamgauge.metrics.query import MetricQuery
from streamgauge.metrics.standing import (
    Document,
    Known,
    Standing,
    Told,
    consistently,
    standing,
    tag_of,
    unknown,
)
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections.derived import Tier, tiers_of
from streamgauge.projections.derived_tables import tables_of
from streamgauge.projections.projection import Tables
from streamgauge.stages.builds import Definition


def answer(database: Database, plugins: Plugins, name: str, query: MetricQuery) -> Document:
    """The whole answer of the metric `name`, ready to be written as JSON.

    `as_of` is the position of the CDEvents log up to which the tables were folded. Raises
    InvalidQuery for a metric that no plugin brings, UnknownName for such a projection.
    """
    return answer_unless(database, plugins, name, query).document or {}


def answer_unless(
    database: Database,
    plugins: Plugins,
    name: str,
    query: MetricQuery,
    known: Known = unknown,
) -> Told:
    """The same with its tag; where that is `known`, nothing is worked out.

    As long as the tag is the same, the answer is the same to the byte.
    """
    asked = _Asked.of(plugins, name, query)

    def read(cursor: Cursor[TupleRow]) -> Told:
        seen = standing(cursor, name)
        tag = asked.tag(plugins, seen)
        if known(tag):
            return Told(tag, None)
        found = asked.metric.answer(*asked.arguments(cursor, seen))
        return Told(tag, {**asked.told(seen), "definition": found.definition, **found.result})

    return consistently(database, name, read)


def explain(
    database: Database, plugins: Plugins, name: str, query: MetricQuery, *, after: int, limit: int
) -> Document:
    """What the answer over the range of `query` is made of: the items behind the first `after`.

    `total` says how many there are; `next` is the place at which to go on, None at the end. Raises
    what `answer` raises, and InvalidQuery for a metric that cannot explain itself.
    """
    place = Place(after)
    told = explain_unless(database, plugins, name, query, after=place, limit=limit)
    return told.document or {}


def explain_unless(
    database: Database,
    plugins: Plugins,
    name: str,
    query: MetricQuery,
    known: Known = unknown,
    *,
    after: Place,
    limit: int,
) -> Told:
    """The same with its tag, as `answer_unless`, and the place behind its items."""
    asked = _Asked.of(plugins, name, query)
    if type(asked.metric).explain is Metric.explain:
        raise _cannot_explain(plugins, name)

    def read(cursor: Cursor[TupleRow]) -> Told:
        seen = standing(cursor, name)
        tag = asked.tag(plugins, seen, after, limit)
        if known(tag):
            return Told(tag, None)
        found = asked.metric.explain(*asked.arguments(cursor, seen))
        if found is None:
            raise _cannot_explain(plugins, name)
        start = after.within(found.items)
        end = start + limit
        page = found.items[start:end]
        why = {item["left_out"] for item in page if item.get("left_out")}
        return Told(
            tag,
            {
                **asked.told(seen),
                "definition": found.definition,
                **found.result,
                "items": page,
                "total": len(found.items),
                "next": end if end < len(found.items) else None,
                "reasons": {word: text for word, text in found.reasons.items() if word in why},
            },
            sorted({name for item in found.items for name in item}),
            Place.behind(found.items, end) if end < len(found.items) else None,
        )

    return consistently(database, name, read)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question to one metric."""

    metric: Metric
    tiers: Sequence[Tier]
    query: MetricQuery

    @classmethod
    def of(cls, plugins: Plugins, name: str, query: MetricQuery) -> _Asked:
        if name not in plugins.metrics:
            reason = f"there is no metric {name[:40]!r}"
            raise InvalidQuery(reason, where="metric", allowed=sorted(plugins.metrics))
        metric = plugins.metrics[name]
        return cls(metric, tiers_of(metric, plugins.projections, plugins.derived), query)

    def tag(self, plugins: Plugins, seen: Standing, *more: object) -> str:
        query, definition = self.query, seen.line[0].definition or {}
        return tag_of(
            plugins,
            seen,
            self.metric.name,
            self.metric.version,
            query.echo(),
            query.sparse,
            query.definition,
            query.teams.digest,
            self.metric.depends_on(query, definition),
            more,
        )

    def arguments(
        self, cursor: Cursor[TupleRow], seen: Standing
    ) -> tuple[Cursor[TupleRow], Tables, MetricQuery, Definition]:
        query = replace(self.query, as_of=self._position(seen))
        return cursor, tables_of(self.tiers, seen.line), query, seen.line[0].definition or {}

    def told(self, seen: Standing) -> Mapping[str, Any]:
        return {
            "metric": self.metric.name,
            "definition": None,
            "unit": self.metric.unit,
            **self.query.echo(),
            "as_of": self.as_of(seen),
        }

    def as_of(self, seen: Standing) -> Mapping[str, Any]:
        return {"projection": self.tiers[-1].name, "position": self._position(seen)}

    def _position(self, seen: Standing) -> int:
        # Without tables of its own it is as far as what it is made of.
        return seen.moments[0 if self.metric.tables else 1].position


def tag_within(
    cursor: Cursor[TupleRow], plugins: Plugins, metric: Metric, query: MetricQuery
) -> str:
    """The tag that the metric's answer has in a snapshot. Raises as the answer would."""
    return _Asked.of(plugins, metric.name, query).tag(plugins, standing(cursor, metric.name))


def answer_within(
    cursor: Cursor[TupleRow], plugins: Plugins, metric: Metric, query: MetricQuery
) -> tuple[MetricAnswer, Mapping[str, Any]]:
    """The metric's answer in a snapshot, and the `as_of` of that."""
    asked, seen = _Asked.of(plugins, metric.name, query), standing(cursor, metric.name)
    return metric.answer(*asked.arguments(cursor, seen)), asked.as_of(seen)


def _cannot_explain(plugins: Plugins, name: str) -> InvalidQuery:
    able = [
        each.name for each in plugins.metrics.values() if type(each).explain is not Metric.explain
    ]
    return InvalidQuery(f"{name} cannot explain itself", where="metric", allowed=able)
