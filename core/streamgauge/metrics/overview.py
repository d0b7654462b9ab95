"""What a page shows first: the few metrics that say so, and what can be picked, in one answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import InvalidQuery, StreamgaugeError
from streamgauge.metrics.answer import answer_within, tag_within
from streamgauge.metrics.choices import Broken, choices, set_apart
from streamgauge.metrics.metric import Metric
from streamgauge.metrics.query import MetricQuery
from streamgauge.metrics.standing import (
    Document,
    Known,
    Told,
    consistently,
    standing,
    tag_of,
    together,
    unknown,
)
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database

logger = logging.getLogger(__name__)


def overview(database: Database, plugins: Plugins, query: MetricQuery) -> Document:
    """The question, `metrics` and `choices`, ready to be written as JSON; all of one snapshot.

    Each metric that has `overview` is there with what it answers, and with its title, its
    description and which change of it is `better`. One that cannot answer says why in `problem`.
    `choices` are what can be picked to filter by, and the definitions.

    Raises InvalidQuery where the question groups or asks for percentiles, and where no metric can
    answer it.
    """
    return overview_unless(database, plugins, query).document or {}


def overview_unless(
    database: Database, plugins: Plugins, query: MetricQuery, known: Known = unknown
) -> Told:
    """The same with its tag; where that is `known`, nothing is worked out. It is empty where a
    metric has a problem, which may be over the next time."""
    for where, given in (("group_by", query.group_by), ("percentile", query.percentiles)):
        if given:
            raise InvalidQuery("the overview has none", where=where)
    read = partial(_read, plugins=plugins, query=query, known=known)
    return consistently(database, "the metrics", read)


def _read(cursor: Cursor[TupleRow], *, plugins: Plugins, query: MetricQuery, known: Known) -> Told:
    shown = [metric for metric in plugins.metrics.values() if metric.overview]
    tag = _tag(cursor, plugins, shown, query)
    if tag and known(tag):
        return Told(tag, None)
    told = query.echo()
    del told["group_by"], told["percentile"]
    answers = _answers(cursor, plugins, shown, query)
    document = {
        **told,
        "metrics": answers,
        "choices": choices(cursor, plugins, shown, query),
    }
    is_whole = not any("problem" in answer for answer in answers)
    return Told(tag if is_whole else "", document)


def _tag(
    cursor: Cursor[TupleRow], plugins: Plugins, shown: Sequence[Metric], query: MetricQuery
) -> str:
    """Of the answers and of all that can be picked; empty where one of them cannot be told."""
    try:
        answers = [
            set_apart(cursor, partial(tag_within, cursor, plugins, metric, query))
            for metric in shown
        ]
        facts = [
            tag_of(plugins, standing(cursor, projection.name), projection.version)
            for projection in plugins.projections.values()
        ]
        return together([*answers, *facts, *(n for each in shown for n in each.definitions())])
    except (Broken, StreamgaugeError):
        return ""


def _answers(
    cursor: Cursor[TupleRow], plugins: Plugins, shown: Sequence[Metric], query: MetricQuery
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
        ask = partial(answer_within, cursor, plugins, metric, query)
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
