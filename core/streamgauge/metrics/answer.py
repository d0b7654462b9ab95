"""Reads a metric's answer and the position it is as of from one snapshot."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import DatabaseUnavailable, UnknownName
from streamgauge.metrics.metric import Metric
from streamgauge.metrics.query import MetricQuery
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections import builds
from streamgauge.projections.projection import Projection
from streamgauge.streams.positions import Positions

_TRIES = 5


def answer(database: Database, plugins: Plugins, name: str, query: MetricQuery) -> dict[str, Any]:
    """The whole answer of the metric `name`, ready to be written as JSON.

    `as_of` is the position of the CDEvents log up to which the tables were folded. Raises
    UnknownName for a metric or a projection that no plugin brings.
    """
    metrics = plugins.metrics
    if name not in metrics:
        raise UnknownName("metric", name, metrics)
    metric = metrics[name]
    projection = plugins.projections.get(metric.projection)
    if projection is None:
        raise UnknownName("projection", metric.projection, plugins.projections)
    for _ in range(_TRIES):
        try:
            with database.snapshot() as cursor:
                return _read(cursor, Positions(database.datastore), metric, projection, query)
        except psycopg.errors.UndefinedTable:
            # A replay has swapped another build in between two queries; ask the new one.
            continue
    raise DatabaseUnavailable(f"the tables of {projection.name} are being replaced; try again")


def _read(
    cursor: Cursor[TupleRow],
    positions: Positions,
    metric: Metric,
    projection: Projection,
    query: MetricQuery,
) -> dict[str, Any]:
    build = builds.find(cursor, projection.name, "current")
    if build is None:
        raise DatabaseUnavailable(
            f"the projection {projection.name} has not started; is a worker running?"
        )
    position = positions.position(cursor, build.reader)
    found = metric.answer(cursor, builds.tables_of(projection, build), query)
    return {
        "metric": metric.name,
        "definition": found.definition,
        "unit": metric.unit,
        **query.echo(),
        "as_of": {"projection": projection.name, "build": build.number, "position": position},
        **found.result,
    }
