"""Reads a metric's answer and the position it is as of from one snapshot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg

from streamgauge.errors import DatabaseUnavailable, ReplayRefused, UnknownName
from streamgauge.metrics.query import MetricQuery
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections.derived import tiers_of
from streamgauge.projections.derived_tables import tables_of
from streamgauge.stages import builds
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
    tiers = tiers_of(metric, plugins.projections, plugins.derived)
    for _ in range(_TRIES):
        try:
            with database.snapshot() as cursor:
                line = builds.current_line(cursor, name)
                tables = tables_of(tiers, line)
                # Without tables of its own it is as far as what it is made of.
                reader = line[0 if metric.tables else 1].reader
                position = Positions(database.datastore).position(cursor, reader)
                asked = replace(query, as_of=position)
                found = metric.answer(cursor, tables, asked, line[0].definition or {})
        except (psycopg.errors.UndefinedTable, ReplayRefused):
            # A replay has swapped another build in between two queries; ask the new one.
            continue
        return {
            "metric": metric.name,
            "definition": found.definition,
            "unit": metric.unit,
            **query.echo(),
            "as_of": {"projection": tiers[-1].name, "position": position},
            **found.result,
        }
    raise DatabaseUnavailable(f"the tables of {metric.name} are being replaced; try again")
