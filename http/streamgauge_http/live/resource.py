"""GET /v1/live: what comes into a log, as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from falcon.asgi import Request, Response

from streamgauge.errors import InvalidInput, InvalidQuery
from streamgauge.metrics import parameters as read
from streamgauge.streams.following import LOGS
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge_http.live.selection import Pattern, Selection
from streamgauge_http.live.stream import Stream
from streamgauge_http.queries import number, parameters
from streamgauge_http.runtime import Runtime
from streamgauge_http.server.body import client_left

_PARAMETERS = ("log", "type", "source", "tenant", "after")
_LARGEST = 2**63 - 1
_LONGEST_PATTERN = 1000
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep events until its buffer is full
}


class Live:
    """The live feed of one log."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_get(self, req: Request, resp: Response) -> None:
        """Server-sent events, until the client leaves or is dropped."""
        given = parameters(req, None)
        for name in given:
            if name not in _PARAMETERS:
                raise InvalidQuery(
                    "there is no such parameter", where=name[:40], allowed=_PARAMETERS
                )
        changed = asyncio.Event()
        feed, viewer = await self.runtime.feeds.join(
            _log(given), _after(req, given), _selection(given), changed.set
        )
        resp.content_type = "text/event-stream"
        resp.set_headers(_HEADERS)
        resp.stream = Stream(feed, viewer, changed, partial(client_left, req))


def _log(given: Mapping[str, Sequence[str]]) -> str:
    log = read.single(given, "log")
    if log is None:
        raise InvalidQuery("must be given", where="log", allowed=LOGS)
    read.check("log", [log], LOGS)
    return log


def _after(req: Request, given: Mapping[str, list[str]]) -> int | None:
    """The position to begin after. The header is the newer of the two: a browser that comes back
    repeats the address."""
    read.single(given, "after")
    after = number(given, "after", default=None, least=0, most=_LARGEST)
    last = req.get_header("Last-Event-ID")
    if not last:
        return after
    if not (last.isascii() and last.isdigit() and len(last) < 20 and int(last) <= _LARGEST):
        raise InvalidInput("is no id of an event of this feed", where="last-event-id")
    return int(last)


def _selection(given: Mapping[str, Sequence[str]]) -> Selection:
    read.single(given, "tenant")
    (tenant,) = read.texts(given, "tenant") or [DEFAULT_TENANT]
    return Selection(tenant, _patterns(given, "type"), _patterns(given, "source"))


def _patterns(given: Mapping[str, Sequence[str]], name: str) -> Sequence[Pattern]:
    texts = read.texts(given, name)
    if any(len(text) > _LONGEST_PATTERN for text in texts):
        raise InvalidQuery(f"may have {_LONGEST_PATTERN} characters", where=name)
    return [*map(Pattern, texts)]
