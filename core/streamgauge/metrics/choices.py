"""What can be picked to filter a question by: what facts tell of, the teams, the definitions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import psycopg
from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import PluginError, SettingsError, StreamgaugeError, describe
from streamgauge.metrics.metric import Metric
from streamgauge.metrics.query import MetricQuery
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import is_outage
from streamgauge.projections import Choices, Projection
from streamgauge.projections.facts import tables_of
from streamgauge.stages import builds

logger = logging.getLogger(__name__)
T = TypeVar("T")

PICKED: Final = ("service", "environment", "repository")


def choices(
    cursor: Cursor[TupleRow], plugins: Plugins, metrics: Sequence[Metric], query: MetricQuery
) -> dict[str, Any]:
    """Dimension -> its values, in the order of the alphabet; also ``team`` and ``definition``.

    `complete` is false where there are more, or where a projection could not be asked.
    """
    values: dict[str, set[str]] = {name: set() for name in PICKED}
    complete = True
    for projection in plugins.projections.values():
        found = _of(cursor, projection, query.tenants)
        complete = complete and found.complete
        for name in PICKED:
            values[name].update(found.values.get(name, ()))
    return {
        **{name: sorted(each) for name, each in values.items()},
        "team": [*query.teams.names()],
        "definition": _definitions(metrics),
        "complete": complete,
    }


class Broken(Exception):
    """A plugin's own failure, in words."""


def set_apart(cursor: Cursor[TupleRow], ask: Callable[[], T]) -> T:
    """What a plugin answers, asked for within a savepoint.

    Raises Broken for what is the plugin's own affair; what concerns everybody goes through.
    """
    try:
        with cursor.connection.transaction():
            return ask()
    except PluginError as error:
        raise Broken(str(error)) from error
    except (StreamgaugeError, psycopg.errors.UndefinedTable):
        raise
    except Exception as error:
        if is_outage(error):
            raise
        raise Broken(describe(error)) from error


def _of(cursor: Cursor[TupleRow], projection: Projection, tenants: Sequence[str]) -> Choices:
    """What one projection knows. One that cannot say spoils no answer."""
    build = builds.find(cursor, projection.name, "current")
    if build is None or build.version != projection.version:
        return Choices({}, complete=False)
    tables = tables_of(projection, build)
    try:
        return set_apart(cursor, partial(projection.choices, cursor, tables, tenants))
    except Broken as error:
        logger.error("the projection %s has no choices: %s", projection.name, error)
        return Choices({}, complete=False)


def _definitions(metrics: Sequence[Metric]) -> list[str]:
    """The names that any of them can be asked by."""
    found: set[str] = set()
    for metric in metrics:
        try:
            found.update(metric.definitions())
        except SettingsError as error:
            logger.error("the definitions of %s: %s", metric.name, error)
    return sorted(found)
