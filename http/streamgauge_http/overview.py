"""GET /v1/overview: all that the page needs to show its first numbers."""

from __future__ import annotations

from collections.abc import Mapping

from falcon.asgi import Request, Response

from streamgauge import json_codec, shapes
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.overview import overview_unless
from streamgauge_http.operations import Operation
from streamgauge_http.parameters import METRIC, declared, of_tenant
from streamgauge_http.queries import metric_query
from streamgauge_http.replies import Form, Reply, form_of, send
from streamgauge_http.runtime import Runtime

NOT_OF_IT = ("group_by", "percentile")


class Overview:
    """The metrics that are shown first, and what can be picked, as of one instant."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "the metrics that are shown first, all at once, and what can be picked",
            "read",
            "Metrics",
            shapes.Overview,
            parameters=tuple(each for each in METRIC if each.name not in NOT_OF_IT),
            problems=("invalid-query",),
            holds=True,
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response) -> None:
        """Takes a metric's parameters, other than group_by and percentile."""
        form = form_of(req, {})
        query = metric_query(self.runtime, of_tenant(req, declared(req, self.operations["GET"])))
        send(resp, form, await self.runtime.query(self._read, query, form), "overview")

    def _read(self, query: MetricQuery, form: Form) -> Reply:
        told = overview_unless(self.runtime.database, self.runtime.plugins, query, form.has)
        body = None if told.document is None else json_codec.encode(told.document)
        return Reply(told.tag, body)
