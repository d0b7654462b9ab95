"""GET /v1/lineage/<id>: the events that something is made of."""

from __future__ import annotations

from collections.abc import Mapping

from falcon.asgi import Request, Response

from streamgauge import shapes
from streamgauge.lineage import lineage
from streamgauge_http.operations import Operation, Parameter
from streamgauge_http.parameters import TENANT, of_tenant, parameters, tenant
from streamgauge_http.queries import write_json
from streamgauge_http.runtime import Runtime


class Lineage:
    """The way from any id down to the CloudEvents."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "the events that a deployment, say, or an event is made of",
            "read",
            "Events",
            shapes.Lineage,
            parameters=(Parameter("id", "Of any thing or event.", place="path"), TENANT),
            problems=("not-found", "invalid-query"),
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """The CDEvents of the thing or event, what made them, and of which CloudEvents."""
        whose = tenant(of_tenant(req, parameters(req, ("tenant",))))
        if req.scope["path"].endswith("/"):  # which is cut off elsewhere, and here part of a URL
            id += "/"  # noqa: A001
        runtime = self.runtime
        write_json(
            resp,
            await runtime.query(lineage, runtime.database, runtime.plugins, whose, id),
        )
