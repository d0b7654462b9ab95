"""GET /v1/live: what comes into a log, as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from falcon.asgi import Request, Response

from streamgauge.errors import InvalidInput, InvalidQuery
from streamgauge.metrics import parameters as read
from streamgauge.patterns import Pattern
from streamgauge.streams.following import LOGS
from streamgauge_http.live.selection import Selection
from streamgauge_http.live.stream import Stream
from streamgauge_http.operations import Operation, Parameter
from streamgauge_http.parameters import (
    TENANT,
    Given,
    declared,
    number,
    of_tenant,
    one_of,
    tenant,
    whole,
)
from streamgauge_http.runtime import Runtime
from streamgauge_http.server.body import client_left

EVENT_STREAM = "text/event-stream"
_LARGEST = 2**63 - 1
_LONGEST_PATTERN = 1000
_LAST = "Last-Event-ID"
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep events until its buffer is full
}
_PARAMETERS = (
    Parameter("log", "Which log; it must be given.", one_of([*LOGS])),
    Parameter("type", "Only events of this type, in which * stands for anything.", many=True),
    Parameter("source", "Only events of this source, in which * stands for anything.", many=True),
    TENANT,
    Parameter("after", "The position to begin after; the head without it.", whole(0, _LARGEST)),
    Parameter(_LAST, "The last id that was seen: begin after it.", place="header"),
)


class Live:
    """The live feed of one log."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "what comes into a log, as it comes",
            "read",
            "Events",
            media_types=(EVENT_STREAM,),
            parameters=_PARAMETERS,
            problems=("invalid-query", "too-many-viewers"),
        )
    }

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response) -> None:
        """Server-sent events, until the client leaves or is dropped."""
        given = of_tenant(req, declared(req, self.operations["GET"]))
        changed = asyncio.Event()
        feed, viewer = await self.runtime.feeds.join(
            _log(given), _after(req, given), _selection(given), changed.set
        )
        resp.content_type = EVENT_STREAM
        resp.set_headers(_HEADERS)
        resp.stream = Stream(
            feed,
            viewer,
            changed,
            left=partial(client_left, req),
            check=partial(self.runtime.access.grant, req, "read", delivers=False),
        )


def _log(given: Given) -> str:
    log = read.single(given, "log")
    if log is None:
        raise InvalidQuery("must be given", where="log", allowed=LOGS)
    read.check("log", [log], LOGS)
    return log


def _after(req: Request, given: Given) -> int | None:
    """The position to begin after. The header is the newer of the two: a browser that comes back
    repeats the address."""
    read.single(given, "after")
    after = number(given, "after", default=None, least=0, most=_LARGEST)
    last = req.get_header(_LAST)
    if not last:
        return after
    if not (last.isascii() and last.isdigit() and len(last) < 20 and int(last) <= _LARGEST):
        raise InvalidInput("is no id of an event of this feed", where=_LAST.lower())
    return int(last)


def _selection(given: Given) -> Selection:
    read.single(given, "tenant")
    return Selection(tenant(given), _patterns(given, "type"), _patterns(given, "source"))


def _patterns(given: Given, name: str) -> Sequence[Pattern]:
    texts = read.texts(given, name)
    if any(len(text) > _LONGEST_PATTERN for text in texts):
        raise InvalidQuery(f"may have {_LONGEST_PATTERN} characters", where=name)
    return [*map(Pattern, texts)]
