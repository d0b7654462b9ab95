"""GET /healthz and /readyz."""

from __future__ import annotations

from collections.abc import Mapping

from falcon.asgi import Request, Response

from streamgauge import shapes
from streamgauge.errors import DatabaseUnavailable
from streamgauge.postgres.migrate import is_current
from streamgauge_http.operations import Operation
from streamgauge_http.runtime import Runtime


class Health:
    """Whether the process lives; it asks nothing else, so that an outage restarts nobody."""

    operations: Mapping[str, Operation] = {
        "GET": Operation("whether the process lives", None, "Health", shapes.Health)
    }

    async def on_get(self, req: Request, resp: Response) -> None:
        """Always 200."""
        resp.content_type = "application/json"
        resp.data = b'{"status":"alive"}'


class Ready:
    """Whether requests would be served: Postgres answers and its tables are this version's."""

    operations: Mapping[str, Operation] = {
        "GET": Operation("whether requests would be served", None, "Health", shapes.Health)
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response) -> None:
        """200, or 503 with the reason."""
        await self.runtime.query(self._check)
        resp.content_type = "application/json"
        resp.data = b'{"status":"ready"}'

    def _check(self) -> None:
        database = self.runtime.database
        try:
            with database.transaction() as cursor:
                if not is_current(cursor):
                    raise DatabaseUnavailable("the tables are not those of this version")
        except DatabaseUnavailable:
            database.forget_broken_connections()
            raise
