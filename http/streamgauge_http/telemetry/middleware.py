"""Counts every request, and how long it took."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from time import perf_counter
from typing import Any, NamedTuple

from falcon.asgi import Request, Response

from streamgauge import traces
from streamgauge.logs import request_id
from streamgauge_http.operations import Operation
from streamgauge_http.runtime import Runtime
from streamgauge_http.telemetry import described, tracing
from streamgauge_http.telemetry.counting import BUCKETS
from streamgauge_http.telemetry.tracing import METHODS

WRITE_SECONDS = 1.0
"""How old may be what other processes of the service know of this one."""
STILL_SECONDS = 10.0
"""The same of what changes without a request: a viewer leaves."""


class _Series(NamedTuple):
    """The requests of a method and a route that were answered alike."""

    durations: list[float]
    delivers: bool


class Telemetry:
    """The first of the middleware, so that it sees what the others refuse.

    Every event passes here: what belongs to a request is found by one look.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._counted = runtime.counted
        self._shared = runtime.shared
        self._known: dict[tuple[str, str | None, object], _Series] = {}
        self._to_be_written = False
        self._still: asyncio.TimerHandle | None = None

    async def process_request(self, req: Request, resp: Response) -> None:
        """The head has been read."""
        req.context.began = perf_counter()
        if traces.are_on():
            tracing.begin(req)

    async def process_response(
        self, req: Request, resp: Response, resource: Any, req_succeeded: bool
    ) -> None:
        """The answer is made, and not sent yet."""
        seconds = perf_counter() - req.context.began
        series = self._known.get((req.method, req.uri_template, resp.status))
        if series is None:
            series = self._look_up(req, resp, resource)
        durations = series.durations
        durations[bisect_left(BUCKETS, seconds)] += 1
        durations[-1] += seconds
        if series.delivers:
            result = getattr(resp.context, "problem", "taken")
            self._counted.add(described.DELIVERIES, result, 1)
        request_id.set(None)
        if traces.are_on():
            tracing.end(req, resp, req.uri_template or "none")
        if not self._to_be_written:
            self._to_be_written = True
            asyncio.get_running_loop().call_later(WRITE_SECONDS, self._write)

    def _look_up(self, req: Request, resp: Response, resource: Any) -> _Series:
        method = req.method if req.method in METHODS else "other"
        labels = (method, req.uri_template or "none", str(resp.status_code))
        operation: Operation | None = getattr(resource, "operations", {}).get(method)
        delivers = operation is not None and operation.delivers
        series = _Series(self._counted.durations_of(labels), delivers)
        if method == req.method:  # others may be any number
            self._known[method, req.uri_template, resp.status] = series
        return series

    def _write(self) -> None:
        self._to_be_written = False
        self._shared.write()
        if self._still is not None:
            self._still.cancel()
        self._still = asyncio.get_running_loop().call_later(STILL_SECONDS, self._write)
