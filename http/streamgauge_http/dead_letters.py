"""/v1/dead-letters: what could not be handled, and what to do about it."""

from __future__ import annotations

import falcon
from falcon.asgi import Request, Response

from streamgauge.lists import ListQuery
from streamgauge.processors.dead_letters import asking
from streamgauge.processors.dead_letters.asking import Act
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge_http.lists import next_page
from streamgauge_http.operators import Operators
from streamgauge_http.queries import parameters, write_json
from streamgauge_http.runtime import Runtime


class DeadLetters:
    """Those that are open, or in the states that are asked for."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response) -> None:
        """A page of them, those that were parked last first."""
        given = parameters(req, None)
        query = ListQuery.parse(given, asking.FILTERS)
        runtime = self.runtime
        found, following = await runtime.query(asking.page, runtime.database, query)
        items = [letter.as_json() for letter in found]
        write_json(resp, {"items": items, "next": next_page(req.path, given, following)})


class DeadLetter:
    """One of them."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """The dead letter with the event that it is of."""
        runtime = self.runtime
        write_json(resp, await runtime.query(asking.shown, runtime.database, _tenant(req), id))


class Acting:
    """Has one of them retried, or given up."""

    def __init__(self, runtime: Runtime, act: Act) -> None:
        self.runtime = runtime
        self._act = act
        self._operators = Operators(runtime.settings)

    async def on_post(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """202 with the dead letter as it stands; a worker does the rest."""
        self._operators.check(req)
        runtime = self.runtime
        letter = await runtime.query(
            asking.acted_upon, runtime.database, _tenant(req), id, self._act
        )
        resp.status = falcon.HTTP_202
        resp.set_header("Location", f"/v1/dead-letters/{letter.dead_letter_id}")
        write_json(resp, letter.as_json())


def _tenant(req: Request) -> str:
    return parameters(req, ("tenant",)).get("tenant", [DEFAULT_TENANT])[-1]
