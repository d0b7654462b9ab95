"""What a page shows first: the few metrics that say so, and what can be picked, in one answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import InvalidQuery
from streamgauge.metrics.answer import asked_within, in_snapshot
from streamgauge.metrics.choices import Broken, choices, set_apart
from streamgauge.metrics.metric import Metric, MetricAnswer
from streamgauge.metrics.query import MetricQuery
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections.projection import Tables
from streamgauge.stages.builds import Definition

logger = logging.getLogger(__name__)


def overview(database: Database, plugins: Plugins, query: MetricQuery) -> dict[str, Any]:
    """The question, `metrics` and `choices`, ready to be written as JSON; all of one snapshot.

    Each metric that has `overview` is there with what it answers, and with its title, its
    description and which change of it is `better`. One that cannot answer says why in `problem`.
    `choices` are what can be picked to filter by, and the definitions.

    Raises InvalidQuery where the question groups or asks for percentiles, and where no metric can
    answer it.
    """
    for where, given in (("group_by", query.group_by), ("percentile", query.percentiles)):
        if given:
            raise InvalidQuery("the overview has none", where=where)
    read = partial(_read, database=database, plugins=plugins, query=query)
    return in_snapshot(database, read, "the tables of the metrics")


def _read(
    cursor: Cursor[TupleRow], *, database: Database, plugins: Plugins, query: MetricQuery
) -> dict[str, Any]:
    shown = [metric for metric in plugins.metrics.values() if metric.overview]
    told = query.echo()
    del told["group_by"], told["percentile"]
    return {
        **told,
        "metrics": _answers(cursor, database, plugins, shown, query),
        "choices": choices(cursor, plugins, shown, query),
    }


def _answers(
    cursor: Cursor[TupleRow],
    database: Database,
    plugins: Plugins,
    shown: Sequence[Metric],
    query: MetricQuery,
) -> list[dict[str, Any]]:
    """Of each metric. One that cannot answer spoils no other one."""
    found: list[dict[str, Any]] = []
    refused: list[InvalidQuery] = []
    for metric in shown:
        told: dict[str, Any] = {
            "metric": metric.name,
            "title": metric.title,
            "description": metric.description,
            "better": metric.better,
            "definition": None,
            "unit": metric.unit,
        }
        ask = partial(asked_within, cursor, database, plugins, metric, query, _answer)
        try:
            answer, as_of = set_apart(cursor, ask)
            told |= {"definition": answer.definition, "as_of": as_of, **answer.result}
        except InvalidQuery as error:
            refused.append(error)
            told["problem"] = error.reason
        except Broken as error:
            logger.error("the metric %s cannot answer: %s", metric.name, error)
            told["problem"] = str(error)
        found.append(told)
    if refused and len(refused) == len(shown):
        raise refused[0]
    return found


def _answer(
    metric: Metric,
    cursor: Cursor[TupleRow],
    tables: Tables,
    query: MetricQuery,
    definition: Definition,
) -> MetricAnswer:
    return metric.answer(cursor, tables, query, definition)
