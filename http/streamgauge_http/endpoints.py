"""Answers in the shapes of other systems, which plugins give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from falcon.asgi import Request, Response

from streamgauge.endpoints import EndpointReply, EndpointRequest
from streamgauge.hookspecs import Endpoint
from streamgauge_http.mounting import MountedPath
from streamgauge_http.queries import metric_answer, metric_query
from streamgauge_http.reading import parameters, write_json
from streamgauge_http.runtime import Runtime


class EndpointPath:
    """One of the paths of an endpoint."""

    def __init__(self, runtime: Runtime, endpoint: Endpoint, path: MountedPath) -> None:
        self.runtime = runtime
        self._endpoint = endpoint
        self._path = path

    async def on_get(self, req: Request, resp: Response, **values: str) -> None:
        """What the plugin answers; it is asked in a thread, where it may ask for metrics."""
        request = EndpointRequest(
            path=req.path,
            path_parameters=self._path.parameters(values),
            query=parameters(req, None),
            headers=dict(req.headers),
        )
        reply: EndpointReply = await self.runtime.query(self._endpoint.answer, request, self._ask)
        resp.status = reply.status
        write_json(resp, reply.document)

    def _ask(self, metric: str, given: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
        return metric_answer(self.runtime, metric, metric_query(self.runtime, given))
