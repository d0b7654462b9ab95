"""What would change if a chain of builds took the place of the current ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Cursor
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from psycopg.rows import TupleRow

from streamgauge.errors import DatabaseUnavailable, describe
from streamgauge.metrics import Metric, MetricQuery
from streamgauge.postgres.database import Database, is_outage
from streamgauge.projections.derived_tables import DerivedTables, tables_of
from streamgauge.replay.swap import Link, catch_up, hold
from streamgauge.routing.router import Router
from streamgauge.stages import builds
from streamgauge.stages.builds import Build
from streamgauge.streams.log_diff import diff
from streamgauge.timestamps import format_rfc3339

WHOLE = "all"
"""What stands for the whole in place of a service."""
_TRIES = 50
_IN_THE_WAY = (SerializationFailure, LockNotAvailable, DeadlockDetected)
Answers = Mapping[str | None, Mapping[str, Any]]


def compare(database: Database, links: Sequence[Link], *, now: datetime) -> dict[str, Any]:
    """The answers of the current builds beside those of the new ones, as of the same position.

    `metrics` has a line for every metric and service: the value of the 52 weeks up to `now` before
    and after; of all of history, how many items, and how many weeks that differ. `cdevents`, where
    the log is derived anew, says how many of its events were added, removed and changed. Nothing
    is swapped; the current builds are held where they are while both are asked.
    """
    year = _last_year(now)
    for tries_left in range(_TRIES - 1, -1, -1):
        try:
            # One snapshot: what comes in meanwhile is in neither.
            with database.transaction(repeatable_read=True) as cursor:
                lines, log = _compare(cursor, links, year)
            break
        except DatabaseUnavailable as error:
            moved = isinstance(error.__cause__, _IN_THE_WAY)
            if not tries_left or not moved:  # a build has moved before it could be held
                raise
    found: dict[str, Any] = {
        "from": format_rfc3339(year.start),
        "to": format_rfc3339(year.end),
        "metrics": lines,
        "changed": sum(line["changed"] for line in lines),
    }
    return found if log is None else {**found, "cdevents": log}


def _compare(
    cursor: Cursor[TupleRow], links: Sequence[Link], year: MetricQuery
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    current = hold(cursor, links)
    for some in (current, links):
        catch_up(cursor, [link for link in some if _can_follow(cursor, link)])
    before = {stage.name: build for stage, build in current}
    lines: list[dict[str, Any]] = []
    log: dict[str, Any] | None = None
    for stage, build in links:
        old = before.get(stage.name)
        if isinstance(stage, DerivedTables) and isinstance(stage.item, Metric) and old is not None:
            lines += _tried(cursor, stage, stage.item, old, build, year)
        if isinstance(stage, Router) and old is not None:
            log = diff(cursor, old.number, build.number)
    return lines, log


def _tried(
    cursor: Cursor[TupleRow],
    stage: DerivedTables,
    metric: Metric,
    old: Build,
    new: Build,
    year: MetricQuery,
) -> list[dict[str, Any]]:
    """The lines of a metric; one with the error where it cannot answer."""
    try:
        with cursor.connection.transaction():  # a savepoint
            return _lines(cursor, stage, metric, old, new, year)
    except Exception as error:
        if is_outage(error):
            raise
        none = {"before": None, "after": None}
        names = {"metric": stage.name, "service": WHOLE, "error": describe(error)}
        return [{**names, "value": none, "n": none, "weeks_that_differ": 0, "changed": False}]


def _can_follow(cursor: Cursor[TupleRow], link: Link) -> bool:
    """Not one of another version, nor one that was left out when its source was replaced."""
    stage, build = link
    current = builds.find(cursor, stage.source or "", "current")
    stands = build.state == "building" or current is None or current.number == build.source_build
    return stage.can_fold(build) and stands


def _last_year(now: datetime) -> MetricQuery:
    """52 weeks by week and service."""
    return MetricQuery(
        start=now - timedelta(weeks=52),
        end=now,
        interval="week",
        tz=ZoneInfo("UTC"),
        filters={},
        group_by=("service",),
    )


def _lines(
    cursor: Cursor[TupleRow],
    stage: DerivedTables,
    metric: Metric,
    old: Build,
    new: Build,
    year: MetricQuery,
) -> list[dict[str, Any]]:
    # Clocks that are ahead count too.
    ever = MetricQuery.everything(
        interval="week", group_by=("service",), now=year.end + timedelta(days=366)
    )

    def by_service(build: Build, query: MetricQuery) -> Answers:
        tables = tables_of(stage.tiers, builds.line(cursor, build))
        asked = replace(query, as_of=stage.position(cursor, build))
        answer = metric.answer(cursor, tables, asked, build.definition or {}).result
        groups = {group["service"]: group for group in answer.get("groups", ())}
        return {WHOLE: answer, **groups}

    before, after = by_service(old, ever), by_service(new, ever)
    value_before, value_after = by_service(old, year), by_service(new, year)
    none: Mapping[str, Any] = {}
    return [
        _line(
            {"metric": stage.name, "service": service},
            (before.get(service, none), after.get(service, none)),
            (value_before.get(service, none), value_after.get(service, none)),
        )
        for service in dict.fromkeys([*before, *after])
    ]


def _line(
    names: dict[str, str | None],
    ever: tuple[Mapping[str, Any], Mapping[str, Any]],
    year: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> dict[str, Any]:
    old, new = ({bucket["start"]: bucket for bucket in each.get("buckets", ())} for each in ever)
    differing = sum(old.get(start) != new.get(start) for start in {**old, **new})
    return {
        **names,
        "value": {"before": year[0].get("value"), "after": year[1].get("value")},
        "n": {"before": ever[0].get("n", 0), "after": ever[1].get("n", 0)},
        "weeks_that_differ": differing,
        "changed": bool(differing)
        or any(year[0].get(name) != year[1].get(name) for name in ("value", "n", "band")),
    }
