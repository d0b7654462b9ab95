"""GET /v1/overview: all that the page needs to show its first numbers."""

from __future__ import annotations

from collections.abc import Mapping

from falcon.asgi import Request, Response

from streamgauge import shapes
from streamgauge.metrics.overview import overview
from streamgauge_http.operations import Operation
from streamgauge_http.parameters import METRIC, of_tenant, parameters
from streamgauge_http.queries import metric_query, write_json
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
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response) -> None:
        """Takes a metric's parameters, other than group_by and percentile."""
        runtime = self.runtime
        query = metric_query(runtime, of_tenant(req, parameters(req, None)))
        write_json(resp, await runtime.query(overview, runtime.database, runtime.plugins, query))
