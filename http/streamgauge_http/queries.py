"""GET /v1/...: metrics, events and projections, and the proof of concept's own path."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from falcon.asgi import Request, Response

from streamgauge.containment import contained
from streamgauge.errors import InvalidQuery, UnknownName
from streamgauge.metrics import MetricQuery, rows
from streamgauge.metrics.answer import answer, answer_unless, explain_unless
from streamgauge.metrics.kept import Kept
from streamgauge.metrics.query import TIERS
from streamgauge.postgres.database import Database
from streamgauge.replay.status import status
from streamgauge.streams.browse import LONGEST_PAGE, browse
from streamgauge_http.reading import number, parameters, write_json
from streamgauge_http.replies import Form, Reply, form_of, send, written
from streamgauge_http.runtime import Runtime

logger = logging.getLogger(__name__)


class Metrics:
    """The metrics that there are."""

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
                        "projection": metric.projection,
                        "href": f"/v1/metrics/{metric.name}",
                    }
                    for metric in self.runtime.plugins.metrics.values()
                ]
            },
        )


class Metric:
    """One metric."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._kept = Kept()
        runtime.when_ready.append(self._remember)

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """Its answer over a range; docs/reference/http.md lists the parameters."""
        given = parameters(req, None)
        form = form_of(req, given)
        query = metric_query(self.runtime, given)
        send(resp, form, await self.runtime.query(self._answered, name, query, form), name)

    def _remember(self) -> None:
        """Ask what everybody asks first: what there is to read is then read already."""
        runtime = self.runtime
        names = [name for name, metric in runtime.plugins.metrics.items() if metric.remembers]
        try:
            for name in names:
                contained(metric_answer, runtime, name, metric_query(runtime, {}))
        except Exception as error:
            # A first start has nothing to ask yet; else the first who asks is told what is wrong.
            logger.info("the metrics were not asked at the start: %s", error)

    def _answered(self, name: str, query: MetricQuery, form: Form) -> Reply:
        kept: list[bytes] = []

        def known(tag: str) -> bool:
            if not form.has(tag) and (body := self._kept.get(form.tag(tag))) is not None:
                kept.append(body)
            return form.has(tag) or bool(kept)

        database, plugins = self.runtime.database, self.runtime.plugins
        told = answer_unless(database, plugins, name, query, known)
        if told.document is None:
            return Reply(told.tag, kept[0] if kept else None)
        body = written(form, told.document, rows.of_answer)
        self._kept.put(form.tag(told.tag), body)
        return Reply(told.tag, body)


class Explanation:
    """What a metric's answer is made of."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """The items of a range, a page at a time: those that count, and why others do not."""
        given = parameters(req, None)
        form = form_of(req, given)
        own: dict[str, Sequence[str]] = {
            key: given.pop(key) for key in ("cursor", "limit") if key in given
        }
        page = _Page(
            number(own, "cursor", default=0, least=0, most=2**31) or 0,
            number(own, "limit", default=100, least=1, most=LONGEST_PAGE) or 100,
        )
        rest = urlencode({**given, **form.parameters(), "limit": page.limit}, doseq=True)
        query = metric_query(self.runtime, given)
        address = f"{req.path}?{rest}"
        reply = await self.runtime.query(self._explained, name, query, form, page, address)
        send(resp, form, reply, f"{name}-explained")

    def _explained(
        self, name: str, query: MetricQuery, form: Form, page: _Page, address: str
    ) -> Reply:
        told = explain_unless(
            self.runtime.database,
            self.runtime.plugins,
            name,
            query,
            form.has,
            after=page.after,
            limit=page.limit,
        )
        document = told.document
        if document is None:
            return Reply(told.tag, None)
        if document["next"] is not None:
            document["next"] = f"{address}&cursor={document['next']}"
        table = partial(rows.of_items, fields=told.fields)
        return Reply(told.tag, written(form, document, table), document["next"])


class _Page(NamedTuple):
    after: int
    limit: int


class DeployFrequency:
    """The path and the shape of the proof of concept."""

    INTERVALS = ("day", "week", "month", "year")

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
        query = replace(everything, filters={"tier": TIERS})
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

    def __init__(self, runtime: Runtime, table: str) -> None:
        self.runtime = runtime
        self.table = table

    async def on_get(self, req: Request, resp: Response) -> None:
        """The events after a cursor, oldest first, or with order=desc newest first."""
        given = parameters(req, ("cursor", "limit", "order"))
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
        )
        following = (
            f"{req.path}?cursor={page.next_cursor}&limit={limit}&order={order}"
            if page.next_cursor is not None
            else None
        )
        write_json(resp, {"items": page.items, "next": following})


class Projections:
    """The router and every projection: how far each is."""

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
    return answer(runtime.database, runtime.plugins, name, query)


Reader = Callable[[Database], Any]
