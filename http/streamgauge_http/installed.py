"""GET /v1/plugins and GET /v1/routes: what is loaded, and which events go where."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from falcon.asgi import Request, Response

from streamgauge import shapes
from streamgauge.errors import StreamgaugeError
from streamgauge.plugins import Plugins
from streamgauge.processors.watch import Watch
from streamgauge.routing.router import routing_table
from streamgauge.routing.table import RoutingTable, operator_files
from streamgauge_http.operations import Operation
from streamgauge_http.parameters import parameters
from streamgauge_http.queries import write_json
from streamgauge_http.runtime import Runtime


class InstalledPlugins:
    """The plugins of this process."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "the plugins, what each brings, and what went wrong with those that failed",
            "read",
            "About",
            shapes.PluginList,
            problems=("invalid-query",),
            all_tenants=True,
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response) -> None:
        """As `streamgauge plugins --json` has them."""
        parameters(req, ())
        write_json(resp, {"items": [each.as_json() for each in self.runtime.plugins.plugins]})


class Routes:
    """The routing table as the files say it now. A worker takes it up within seconds."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "which events go to which transformers, by the plugins and the routing table",
            "read",
            "About",
            shapes.Routes,
            problems=("invalid-query",),
            all_tenants=True,
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self._settings = runtime.settings
        self._watch = Watch("the table that is shown", operator_files(self._settings), self._read)
        self._table = RoutingTable({})
        self._error: str | None = None
        self._take(runtime.plugins)
        self._looking = asyncio.Lock()

    async def on_get(self, req: Request, resp: Response) -> None:
        """As `streamgauge routes --json` has it. Where it cannot be read, `error` says why, and
        the rest is what was read last."""
        parameters(req, ())
        async with self._looking:
            await asyncio.to_thread(self._look)
        write_json(resp, {**self._table.as_json(), "error": self._error})

    def _look(self) -> None:
        for _ in range(2):  # it takes up a change that it has seen twice
            self._watch.look()

    def _read(self) -> None:
        self._take(Plugins(self._settings))  # the declarative transformers are files too

    def _take(self, plugins: Plugins) -> None:
        try:
            self._table, self._error = routing_table(plugins, self._settings), None
        except StreamgaugeError as refused:
            self._error = str(refused)
