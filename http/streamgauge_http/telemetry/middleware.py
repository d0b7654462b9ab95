"""Counts every request, and how long it took."""

from __future__ import annotations

import asyncio
from http import HTTPMethod
from time import perf_counter
from typing import Any

from falcon.asgi import Request, Response

from streamgauge import traces
from streamgauge.logs import request_id
from streamgauge_http.operations import Operation
from streamgauge_http.runtime import Runtime
from streamgauge_http.telemetry import described, tracing

WRITE_SECONDS = 1.0
"""How old may be what other processes of the service know of this one."""
_METHODS = frozenset(HTTPMethod)


class Telemetry:
    """The first of the middleware, so that it sees what the others refuse."""

    def __init__(self, runtime: Runtime) -> None:
        self._counted = runtime.counted
        self._shared = runtime.shared
        self._to_be_written = False

    async def process_request(self, req: Request, resp: Response) -> None:
        """The head has been read."""
        req.context.began = perf_counter()
        if traces.are_on():
            tracing.begin(req)

    async def process_response(
        self, req: Request, resp: Response, resource: Any, req_succeeded: bool
    ) -> None:
        """The answer is made, and not sent yet."""
        method = req.method if req.method in _METHODS else "other"
        status = resp.status_code
        counted = self._counted
        route = req.uri_template or "none"
        counted.took((method, route, str(status)), perf_counter() - req.context.began)
        request_id.set(None)
        operation: Operation | None = getattr(resource, "operations", {}).get(method)
        if operation is not None and operation.delivers:
            counted.add(described.DELIVERIES, getattr(resp.context, "problem", "taken"), 1)
        if traces.are_on():
            tracing.end(req, resp, route)
        if not self._to_be_written:
            self._to_be_written = True
            asyncio.get_running_loop().call_later(WRITE_SECONDS, self._write)

    def _write(self) -> None:
        self._to_be_written = False
        self._shared.write()
