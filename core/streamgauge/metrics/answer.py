"""Reads a metric's answer and the position it is as of from one snapshot."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import DatabaseUnavailable, UnknownName
from streamgauge.metrics.metric import Metric, MetricAnswer
from streamgauge.metrics.query import MetricQuery
from streamgauge.metrics.tables import tables_of
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections.projection import Projection
from streamgauge.stages import builds
from streamgauge.stages.builds import Build
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
                build = builds.current(cursor, metric.name)
                position = Positions(database.datastore).position(cursor, build.reader)
                found = ask(cursor, metric, projection, build, query)
        except psycopg.errors.UndefinedTable:
            # A replay has swapped another build in between two queries; ask the new one.
            continue
        return {
            "metric": metric.name,
            "definition": found.definition,
            "unit": metric.unit,
            **query.echo(),
            "as_of": {"projection": projection.name, "position": position},
            **found.result,
        }
    raise DatabaseUnavailable(f"the tables of {metric.name} are being replaced; try again")


def ask(
    cursor: Cursor[TupleRow],
    metric: Metric,
    projection: Projection,
    build: Build,
    query: MetricQuery,
) -> MetricAnswer:
    """What one build of the metric answers, by the definition that it was made with."""
    tables = tables_of(metric, projection, build)
    return metric.answer(cursor, tables, query, build.definition or {})
