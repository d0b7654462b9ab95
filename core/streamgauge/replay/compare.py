"""What would change if a chain of builds took the place of the current ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import ask
from streamgauge.metrics.tables import MetricTables
from streamgauge.postgres.database import Database
from streamgauge.replay.swap import Link, catch_up
from streamgauge.routing.router import Router
from streamgauge.stages import builds
from streamgauge.stages.builds import Build
from streamgauge.streams.log_diff import diff

WHOLE = "all"
"""What stands for the whole in place of a service."""


def compare(database: Database, links: Sequence[Link], query: MetricQuery) -> dict[str, Any]:
    """The answers of the current builds beside those of the new ones, as of the same position.

    `metrics` has a line for every metric and service, with value and count before and after and
    the number of buckets that differ; `cdevents`, where the log is derived anew, how many of its
    events were added, removed and changed. Nothing is swapped; the current builds are held where
    they are while both are asked.
    """
    with database.transaction() as cursor:
        catch_up(cursor, links)
        lines: list[dict[str, Any]] = []
        log: dict[str, Any] | None = None
        for stage, build in links:
            old = builds.find(cursor, stage.name, "current")
            if old is None:
                continue
            if isinstance(stage, MetricTables):
                lines += _lines(cursor, stage, old, build, query)
            if isinstance(stage, Router):
                log = diff(cursor, old.number, build.number)
    found: dict[str, Any] = {
        "from": query.echo()["from"],
        "to": query.echo()["to"],
        "interval": query.interval,
        "metrics": lines,
        "changed": sum(line["changed"] for line in lines),
    }
    return found if log is None else {**found, "cdevents": log}


def _lines(
    cursor: Cursor[TupleRow], stage: MetricTables, old: Build, new: Build, query: MetricQuery
) -> list[dict[str, Any]]:
    answers = [
        ask(cursor, stage.metric, stage.projection, build, query).result for build in (old, new)
    ]
    before, after = (dict(_by_service(answer)) for answer in answers)
    return [
        _line(stage.name, service, before.get(service, {}), after.get(service, {}))
        for service in dict.fromkeys([*before, *after])
    ]


def _by_service(answer: Mapping[str, Any]) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    yield WHOLE, answer
    for group in answer.get("groups", ()):
        yield group["service"], group


def _line(
    metric: str, service: str | None, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    old = {bucket["start"]: bucket for bucket in before.get("buckets", ())}
    new = {bucket["start"]: bucket for bucket in after.get("buckets", ())}
    differing = sum(old.get(start) != new.get(start) for start in {**old, **new})
    line = {
        "metric": metric,
        "service": service,
        "value": {"before": before.get("value"), "after": after.get("value")},
        "n": {"before": before.get("n", 0), "after": after.get("n", 0)},
        "buckets_that_differ": differing,
    }
    changed = bool(differing) or any(
        before.get(name) != after.get(name) for name in ("value", "n", "band")
    )
    return {**line, "changed": changed}
