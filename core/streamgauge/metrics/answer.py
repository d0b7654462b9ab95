"""Reads a metric's answer, or its explanation, and the position it is as of from one snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import psycopg
from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import DatabaseUnavailable, InvalidQuery, ReplayRefused
from streamgauge.metrics.metric import Metric
from streamgauge.metrics.query import MetricQuery
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections.derived import tiers_of
from streamgauge.projections.derived_tables import tables_of
from streamgauge.projections.projection import Tables
from streamgauge.stages import builds
from streamgauge.stages.builds import Definition
from streamgauge.streams.positions import Positions

_TRIES = 5
T = TypeVar("T")

Ask = Callable[[Metric, Cursor[TupleRow], Tables, MetricQuery, Definition], T]


def answer(database: Database, plugins: Plugins, name: str, query: MetricQuery) -> dict[str, Any]:
    """The whole answer of the metric `name`, ready to be written as JSON.

    `as_of` is the position of the CDEvents log up to which the tables were folded. Raises
    InvalidQuery for a metric that no plugin brings, UnknownName for such a projection.
    """
    found, told = _asked(database, plugins, name, query, lambda metric, *more: metric.answer(*more))
    return {**told, "definition": found.definition, **found.result}


def explain(
    database: Database, plugins: Plugins, name: str, query: MetricQuery, *, after: int, limit: int
) -> dict[str, Any]:
    """What the answer over the range of `query` is made of: the items from place `after` on.

    `total` says how many there are; `next` is the place at which to go on, None at the end. Raises
    what `answer` raises, and InvalidQuery for a metric that cannot explain itself.
    """
    found, told = _asked(
        database, plugins, name, query, lambda metric, *more: metric.explain(*more)
    )
    if found is None:
        able = [each.name for each in plugins.metrics.values() if _explains(each)]
        raise InvalidQuery(f"{name} cannot explain itself", where="metric", allowed=able)
    page = found.items[after : after + limit]
    seen = {item["left_out"] for item in page if item.get("left_out")}
    return {
        **told,
        "definition": found.definition,
        **found.result,
        "items": page,
        "total": len(found.items),
        "next": after + limit if after + limit < len(found.items) else None,
        "reasons": {word: text for word, text in found.reasons.items() if word in seen},
    }


def _asked(
    database: Database, plugins: Plugins, name: str, query: MetricQuery, ask: Ask[T]
) -> tuple[T, Mapping[str, Any]]:
    metrics = plugins.metrics
    if name not in metrics:
        reason = f"there is no metric {name[:40]!r}"
        raise InvalidQuery(reason, where="metric", allowed=sorted(metrics))
    metric = metrics[name]

    def within(cursor: Cursor[TupleRow]) -> tuple[T, Mapping[str, Any]]:
        found, as_of = asked_within(cursor, database, plugins, metric, query, ask)
        told = {"metric": metric.name, "definition": None, "unit": metric.unit}
        return found, {**told, **query.echo(), "as_of": as_of}

    return in_snapshot(database, within, f"the tables of {name}")


def in_snapshot(database: Database, read: Callable[[Cursor[TupleRow]], T], what: str) -> T:
    """What `read` makes of one snapshot; again where a replay has swapped `what` meanwhile."""
    for _ in range(_TRIES):
        try:
            with database.snapshot() as cursor:
                return read(cursor)
        except (psycopg.errors.UndefinedTable, ReplayRefused):
            # A replay has swapped another build in between two queries; ask the new one.
            continue
    raise DatabaseUnavailable(f"{what} are being replaced; try again")


def asked_within(
    cursor: Cursor[TupleRow],
    database: Database,
    plugins: Plugins,
    metric: Metric,
    query: MetricQuery,
    ask: Ask[T],
) -> tuple[T, Mapping[str, Any]]:
    """What is asked of the metric in a snapshot, and the `as_of` of that."""
    tiers = tiers_of(metric, plugins.projections, plugins.derived)
    line = builds.current_line(cursor, metric.name)
    tables = tables_of(tiers, line)
    # Without tables of its own it is as far as what it is made of.
    reader = line[0 if metric.tables else 1].reader
    position = Positions(database.datastore).position(cursor, reader)
    asked = replace(query, as_of=position)
    found = ask(metric, cursor, tables, asked, line[0].definition or {})
    return found, {"projection": tiers[-1].name, "position": position}


def _explains(metric: Metric) -> bool:
    return type(metric).explain is not Metric.explain
