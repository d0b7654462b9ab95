"""GET /v1/...: metrics, events and projections, and the proof of concept's own path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from falcon.asgi import Request, Response

from streamgauge import json_codec, shapes, traces
from streamgauge.errors import InvalidQuery, UnknownName
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.metrics.query import TIERS
from streamgauge.postgres.database import Database
from streamgauge.replay.status import status
from streamgauge.streams.browse import LONGEST_PAGE, browse
from streamgauge_http.operations import JSON, Operation, Parameter
from streamgauge_http.parameters import (
    CURSOR,
    TENANT,
    number,
    of_tenant,
    one_of,
    parameters,
    tenant,
    whole,
)
from streamgauge_http.runtime import Runtime

_ORDER = Parameter("order", "Oldest or newest first.", one_of(("asc", "desc")))
_CURSOR = Parameter(CURSOR.name, CURSOR.description, whole(0, 2**63 - 1))
_LIMIT = Parameter("limit", "How many at most.", whole(1, LONGEST_PAGE, 100))


class Metrics:
    """The metrics that there are."""

    operations: Mapping[str, Operation] = {
        "GET": Operation("the metrics that there are", "read", "Metrics", shapes.MetricList)
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response) -> None:
        """Their names, units and addresses."""
        parameters(req, ())
        write_json(
            resp,
            {
                "items": [
                    {
                        "name": metric.name,
                        "title": metric.title,
                        "description": metric.description,
                        "unit": metric.unit,
                        "better": metric.better,
                        "projection": metric.projection,
                        "href": f"/v1/metrics/{metric.name}",
                    }
                    for metric in self.runtime.plugins.metrics.values()
                ]
            },
        )


class DeployFrequency:
    """The path and the shape of the proof of concept."""

    INTERVALS = ("day", "week", "month", "year")
    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "day, week, month or year, in the shape of the proof of concept",
            "read",
            "Metrics",
            list[shapes.DeployFrequency],
            parameters=(Parameter("interval", "Of the buckets.", one_of(INTERVALS), place="path"),),
            problems=("not-found", "invalid-query"),
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response, interval: str) -> None:
        """All buckets that have a deployment, by name and time, over all of history.

        In every environment, as there: which of them are production is not asked.
        """
        parameters(req, ())
        if interval not in self.INTERVALS:
            raise UnknownName("bucket", interval[:40], self.INTERVALS)
        runtime = self.runtime
        everything = MetricQuery.everything(
            interval=interval, group_by=("service",), now=datetime.now(UTC)
        )
        query = replace(everything, filters={"tier": TIERS}, tenants=[tenant(of_tenant(req, {}))])
        found = await runtime.query(
            answer, runtime.database, runtime.plugins, "deployment_frequency", query
        )
        write_json(
            resp,
            [
                {
                    "DeployName": group["service"],
                    "Deployments": bucket["volume"],
                    "Time": bucket["start"].replace("+00:00", "Z"),
                }
                for group in found["groups"]
                for bucket in group["buckets"]
                if bucket["volume"]
            ],
        )


class Events:
    """One of the two logs, a page at a time."""

    def __init__(self, runtime: Runtime, table: str, title: str) -> None:
        self.runtime = runtime
        self.table = table
        self.operations = {
            "GET": Operation(
                f"the log of {title}, paged",
                "read",
                "Events",
                shapes.EventPage,
                parameters=(_CURSOR, _LIMIT, _ORDER, TENANT),
                problems=("invalid-query",),
            )
        }

    async def on_get(self, req: Request, resp: Response) -> None:
        """The events after a cursor, oldest first, or with order=desc newest first."""
        asked = parameters(req, ("cursor", "limit", "order", "tenant"))
        given = of_tenant(req, asked)
        limit = number(given, "limit", default=100, least=1, most=LONGEST_PAGE)
        cursor = number(given, "cursor", default=None, least=0, most=2**63 - 1)
        order = given.get("order", ["asc"])[-1]
        if order not in ("asc", "desc"):
            raise InvalidQuery("is not allowed", where="order", allowed=("asc", "desc"))
        page = await self.runtime.query(
            browse,
            self.runtime.database,
            self.table,
            cursor=cursor,
            limit=limit or 100,
            newest_first=order == "desc",
            tenant=tenant(given),
        )
        following = None
        if page.next_cursor is not None:
            more = {"cursor": page.next_cursor, "limit": limit, "order": order}
            whose = {"tenant": asked["tenant"][-1]} if "tenant" in asked else {}
            following = f"{req.path}?{urlencode({**more, **whose})}"
        write_json(resp, {"items": page.items, "next": following})


class Projections:
    """The router and every projection: how far each is."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "how far the router, the projections and the metrics are",
            "read",
            "Stages",
            shapes.StageList,
            all_tenants=True,
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response) -> None:
        """Position, head, lag, holder and parked events of each."""
        parameters(req, ())

        def read(database: Database) -> list[dict[str, Any]]:
            with database.snapshot() as cursor:
                found = status(cursor, self.runtime.stages)
            return [item.as_json() for item in found]

        write_json(resp, {"items": await self.runtime.query(read, self.runtime.database)})


def metric_query(runtime: Runtime, given: Mapping[str, Sequence[str]]) -> MetricQuery:
    """What a URL's parameters ask of a metric, now. Raises InvalidQuery."""
    return MetricQuery.parse(given, now=datetime.now(UTC), teams=runtime.teams)


def metric_answer(runtime: Runtime, name: str, query: MetricQuery) -> dict[str, Any]:
    """One metric's answer. It uses the database. Raises UnknownName."""
    with metric_span(runtime, name):
        return answer(runtime.database, runtime.plugins, name, query)


def metric_span(runtime: Runtime, name: str) -> AbstractContextManager[object]:
    """The span of a question to a metric."""
    # A name that no metric has would be one of a million.
    return traces.span(f"metric {name if name in runtime.plugins.metrics else 'unknown'}")


def write_json(resp: Response, document: object) -> None:
    """Answer with the document."""
    resp.content_type = JSON
    resp.data = json_codec.encode(document)
