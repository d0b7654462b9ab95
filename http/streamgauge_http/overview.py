"""GET /v1/overview: all that the page needs to show its first numbers."""

from __future__ import annotations

from falcon.asgi import Request, Response

from streamgauge.metrics.overview import overview
from streamgauge_http.queries import metric_query, parameters, write_json
from streamgauge_http.runtime import Runtime


class Overview:
    """The metrics that are shown first, and what can be picked, as of one instant."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response) -> None:
        """Takes a metric's parameters, other than group_by and percentile."""
        query = metric_query(self.runtime, parameters(req, None))
        runtime = self.runtime
        write_json(resp, await runtime.query(overview, runtime.database, runtime.plugins, query))
