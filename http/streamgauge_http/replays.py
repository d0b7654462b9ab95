"""/v1/projections/<name>/replay: asks for a replay, and says how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import falcon
from falcon.asgi import Request, Response

from streamgauge import json_codec, shapes
from streamgauge.errors import InvalidInput, UnknownName, UnsupportedMediaType
from streamgauge.postgres.database import Database
from streamgauge.stages import requests
from streamgauge.stages.requests import Action, Replay
from streamgauge_http.operations import JSON, Operation, Parameter
from streamgauge_http.parameters import one_of, parameters
from streamgauge_http.queries import write_json
from streamgauge_http.runtime import Runtime
from streamgauge_http.server.body import read_body

_ACTIONS = ("replay", "compare", "rollback")
_LONGEST_BODY = 64 * 1024
_NAME = Parameter("name", "Of the projection, derived facts, metric, or cdevents.", place="path")


class Replays:
    """The replays of one stage. A worker does them, one at a time."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "how its last replay stands",
            "read",
            "Stages",
            shapes.Replay,
            parameters=(_NAME,),
            problems=("not-found", "invalid-query"),
            all_tenants=True,
        ),
        "POST": Operation(
            "have one made anew, compared or swapped back",
            "admin",
            "Stages",
            shapes.Replay,
            status=202,
            parameters=(_NAME,),
            body={
                JSON: {
                    "type": "object",
                    "properties": {"action": one_of(_ACTIONS)},
                    "additionalProperties": False,
                }
            },
            problems=("body-too-large", "invalid-input", "not-found", "unsupported-media-type"),
            all_tenants=True,
        ),
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """The last replay of the stage, with what it has found."""
        parameters(req, ())
        self.runtime.stages.get(name)
        found = await self.runtime.query(_newest, self.runtime.database, name)
        if found is None:
            raise UnknownName("replay of", name, ())
        write_json(resp, found.as_json())

    async def on_post(self, req: Request, resp: Response, name: str) -> None:
        """Ask for one: 202, and where to look how it stands."""
        self.runtime.stages.get(name)
        action = await _action(req)
        asked = await self.runtime.query(_ask, self.runtime.database, name, action)
        resp.status = falcon.HTTP_202
        resp.set_header("Location", f"/v1/projections/{name}/replay")
        write_json(resp, asked.as_json())


def _newest(database: Database, name: str) -> Replay | None:
    with database.transaction() as cursor:
        return requests.newest(cursor, name)


def _ask(database: Database, name: str, action: Action) -> Replay:
    with database.transaction() as cursor:
        return requests.ask(cursor, name, action, "api")


async def _action(req: Request) -> Action:
    """What the body asks for. JSON is insisted on: a form on any web page can send the rest."""
    content_type = (req.content_type or "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise UnsupportedMediaType("send application/json, {} at least", where="content-type")
    body = await read_body(req, _LONGEST_BODY)
    try:
        document = json_codec.decode_bounded(body)
    except ValueError as error:
        raise InvalidInput(str(error), where="body") from None
    if not isinstance(document, Mapping):
        raise InvalidInput("must be a JSON object", where="body")
    for name in document:
        if name != "action":
            raise InvalidInput("there is no such member; there is: action", where=f"/{name}"[:80])
    action: Any = document.get("action", "replay")
    if action not in _ACTIONS:
        raise InvalidInput(f"must be one of {', '.join(_ACTIONS)}", where="/action")
    return cast("Action", action)
