"""Answers in the shapes of other systems, which plugins give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from falcon.asgi import Request, Response

from streamgauge.endpoints import EndpointReply, EndpointRequest
from streamgauge.hookspecs import Endpoint
from streamgauge_http.mounting import MountedPath
from streamgauge_http.operations import Operation
from streamgauge_http.parameters import of_tenant, parameters
from streamgauge_http.queries import metric_answer, metric_query, write_json
from streamgauge_http.runtime import Runtime


class EndpointPath:
    """One of the paths of an endpoint."""

    def __init__(self, runtime: Runtime, endpoint: Endpoint, path: MountedPath) -> None:
        self.runtime = runtime
        self._endpoint = endpoint
        self._path = path
        self.operations = {
            "GET": Operation(
                f"{endpoint.name}, as another system answers",
                "read",
                "Other systems",
                parameters=path.declared(),
                problems=("invalid-query", "not-found"),
                own_errors=True,
            )
        }

    async def on_get(self, req: Request, resp: Response, **values: str) -> None:
        """What the plugin answers; it is asked in a thread, where it may ask for metrics."""
        request = EndpointRequest(
            path=req.path,
            path_parameters=self._path.parameters(values),
            query=parameters(req, None),
            headers=dict(req.headers),
        )

        def ask(metric: str, given: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
            query = metric_query(self.runtime, of_tenant(req, given))
            return metric_answer(self.runtime, metric, query)

        reply: EndpointReply = await self.runtime.query(self._endpoint.answer, request, ask)
        resp.status = reply.status
        write_json(resp, reply.document)
