"""/v1/dead-letters: what could not be handled, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

import falcon
from falcon.asgi import Request, Response

from streamgauge import shapes
from streamgauge.lists import ListQuery
from streamgauge.processors.dead_letters import asking
from streamgauge.processors.dead_letters.asking import Act
from streamgauge_http.lists import list_parameters, next_page
from streamgauge_http.operations import Operation, Parameter
from streamgauge_http.parameters import TENANT, declared, of_tenant, parameters, tenant
from streamgauge_http.queries import write_json
from streamgauge_http.runtime import Runtime

_ID = Parameter("id", "Of the dead letter.", {"type": "string", "format": "uuid"}, place="path")


class DeadLetters:
    """Those that are open, or in the states that are asked for."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "what could not be handled, newest first",
            "read",
            "Dead letters",
            shapes.DeadLetterPage,
            parameters=list_parameters(asking.FILTERS),
            problems=("invalid-query",),
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response) -> None:
        """A page of them, those that were parked last first."""
        given = declared(req, self.operations["GET"])
        query = ListQuery.parse(of_tenant(req, given), asking.FILTERS)
        runtime = self.runtime
        found, following = await runtime.query(asking.page, runtime.database, query)
        items = [letter.as_json() for letter in found]
        write_json(resp, {"items": items, "next": next_page(req.path, given, following)})


class DeadLetter:
    """One of them."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "one of them, with its event",
            "read",
            "Dead letters",
            shapes.ShownDeadLetter,
            parameters=(_ID, TENANT),
            problems=("not-found", "invalid-query"),
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """The dead letter with the event that it is of."""
        whose = tenant(of_tenant(req, parameters(req, ("tenant",))))
        runtime = self.runtime
        write_json(resp, await runtime.query(asking.shown, runtime.database, whose, id))


class Acting:
    """Has one of them retried, or given up."""

    def __init__(self, runtime: Runtime, act: Act, summary: str) -> None:
        self.runtime = runtime
        self._act = act
        self.operations = {
            "POST": Operation(
                summary,
                "admin",
                "Dead letters",
                shapes.DeadLetter,
                status=202,
                parameters=(_ID, TENANT),
                problems=("already-handled", "not-found", "invalid-query"),
            )
        }

    async def on_post(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """202 with the dead letter as it stands; a worker does the rest."""
        whose = tenant(of_tenant(req, parameters(req, ("tenant",))))
        runtime = self.runtime
        letter = await runtime.query(asking.acted_upon, runtime.database, whose, id, self._act)
        resp.status = falcon.HTTP_202
        resp.set_header("Location", f"/v1/dead-letters/{letter.dead_letter_id}")
        write_json(resp, letter.as_json())
