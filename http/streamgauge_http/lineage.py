"""GET /v1/lineage/<id>: the events that something is made of."""

from __future__ import annotations

from falcon.asgi import Request, Response

from streamgauge.lineage import lineage
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge_http.reading import parameters, write_json
from streamgauge_http.runtime import Runtime


class Lineage:
    """The way from any id down to the CloudEvents."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """The CDEvents of the thing or event, what made them, and of which CloudEvents."""
        parameters(req, ())
        if req.scope["path"].endswith("/"):  # which is cut off elsewhere, and here part of a URL
            id += "/"  # noqa: A001
        runtime = self.runtime
        write_json(
            resp,
            await runtime.query(lineage, runtime.database, runtime.plugins, DEFAULT_TENANT, id),
        )
