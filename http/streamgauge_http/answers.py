"""GET /v1/metrics/<name>: a metric's answer, and what it is made of."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple
from urllib.parse import urlencode

from falcon.asgi import Request, Response

from streamgauge import shapes
from streamgauge.containment import contained
from streamgauge.metrics import MetricQuery, rows
from streamgauge.metrics.answer import answer_unless, explain_unless
from streamgauge.metrics.kept import Kept
from streamgauge.metrics.parameters import single
from streamgauge.metrics.places import Place
from streamgauge.streams.browse import LONGEST_PAGE
from streamgauge_http.operations import Operation, Parameter
from streamgauge_http.parameters import CURSOR, METRIC, declared, number, of_tenant, whole
from streamgauge_http.queries import metric_answer, metric_query, metric_span
from streamgauge_http.replies import FORMAT, MEDIA_TYPES, Form, Reply, form_of, send, written
from streamgauge_http.runtime import Runtime

logger = logging.getLogger(__name__)

_NAME = Parameter("name", "Of the metric.", place="path")
_LIMIT = Parameter("limit", "How many at most.", whole(1, LONGEST_PAGE, 100))


class Metric:
    """One metric."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "one metric over a range",
            "read",
            "Metrics",
            shapes.Metric,
            media_types=MEDIA_TYPES,
            parameters=(_NAME, *METRIC, FORMAT),
            problems=("invalid-query",),
            holds=True,
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._kept = Kept()
        runtime.when_ready.append(self._remember)

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """Its answer over a range; docs/reference/http.md lists the parameters."""
        given = {**of_tenant(req, declared(req, self.operations["GET"]))}
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
        with metric_span(self.runtime, name):
            told = answer_unless(database, plugins, name, query, known)
        if told.document is None:
            return Reply(told.tag, kept[0] if kept else None)
        body = written(form, told.document, rows.of_answer)
        self._kept.put(form.tag(told.tag), body)
        return Reply(told.tag, body)


class Explanation:
    """What a metric's answer is made of."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "what a metric's answer over a range is made of, and what it leaves out",
            "read",
            "Metrics",
            shapes.Explanation,
            media_types=MEDIA_TYPES,
            parameters=(_NAME, *METRIC, _LIMIT, CURSOR, FORMAT),
            problems=("invalid-query",),
            holds=True,
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """The items of a range, a page at a time: those that count, and why others do not."""
        given = {**of_tenant(req, declared(req, self.operations["GET"]))}
        form = form_of(req, given)
        own: dict[str, Sequence[str]] = {
            key: given.pop(key) for key in ("cursor", "limit") if key in given
        }
        page = _Page(
            Place.parse(single(own, "cursor") or "0"),
            number(own, "limit", default=100, least=1, most=LONGEST_PAGE) or 100,
        )
        query = metric_query(self.runtime, given)
        # The range as it is by now, so that the next page is of the same one.
        asked = {**given, **query.range(), **form.parameters(), "limit": page.limit}
        address = f"{req.path}?{urlencode(asked, doseq=True)}"
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
        if told.following is not None:
            document["next"] = f"{address}&cursor={told.following}"
        table = partial(rows.of_items, fields=told.fields)
        return Reply(told.tag, written(form, document, table), document["next"])


class _Page(NamedTuple):
    after: Place
    limit: int
