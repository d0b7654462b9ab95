"""GET /metrics."""

from __future__ import annotations

import asyncio
import logging
import platform
import time
from collections.abc import Mapping

from falcon.asgi import Request, Response

from streamgauge import __version__
from streamgauge.errors import DatabaseUnavailable, SchemaError
from streamgauge_http.operations import Operation
from streamgauge_http.runtime import Runtime
from streamgauge_http.telemetry import described, stages
from streamgauge_http.telemetry.counting import Labels, Values
from streamgauge_http.telemetry.exposition import expose

logger = logging.getLogger(__name__)
FRESH_SECONDS = 1.0


class Metrics:
    """What Prometheus scrapes: this service's requests, and the stages of the installation."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "what Prometheus scrapes",
            "read",
            "Health",
            media_types=("text/plain; version=0.0.4", "application/openmetrics-text"),
            all_tenants=True,
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._lock = asyncio.Lock()
        self._stages: Values = {}
        self._fresh_until = 0.0

    async def on_get(self, req: Request, resp: Response) -> None:
        """Always 200: an outage of Postgres is told, not answered with."""
        told = self.runtime.shared.read()
        values = {**told.counters, **told.gauges, **self._own(), **await self._of_stages()}
        accept = req.get_header("accept") or ""
        resp.data, resp.content_type = expose(values, told.durations, accept)

    async def _of_stages(self) -> Values:
        async with self._lock:  # who asks at the same time gets the same answer
            if time.monotonic() >= self._fresh_until:
                self._stages = await self._ask()
                self._fresh_until = time.monotonic() + FRESH_SECONDS
            return self._stages

    async def _ask(self) -> Values:
        runtime = self.runtime
        try:
            found = await runtime.query(stages.read, runtime.database, runtime.stages)
        except (DatabaseUnavailable, SchemaError) as error:
            logger.warning("/metrics has nothing of the stages: %s", error)
            return {described.DATABASE.name: {(): 0.0}}
        return {**found, described.DATABASE.name: {(): 1.0}}

    def _own(self) -> Values:
        plugins: dict[Labels, float] = {
            (p.name,): float(p.error is None) for p in self.runtime.plugins.plugins
        }
        return {
            described.BUILD.name: {(__version__, platform.python_version()): 1.0},
            described.PLUGIN.name: plugins,
        }
