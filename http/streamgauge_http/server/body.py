"""Request bodies: whole, within a limit, or an error; never a piece taken for the whole.

ASGI tells an application that a body was cut short by `http.disconnect` where the next piece
should be. Falcon's stream takes that for the end of the body, so a cut-off upload looks complete.
`WholeBodies` goes around the application and raises instead.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from falcon.asgi import Request

from streamgauge.errors import InvalidInput

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_EXTENSION = "streamgauge.whole_bodies"
_OUTSIDE = "serve this application inside streamgauge_http.server.body.WholeBodies"


class BodyTooLarge(InvalidInput):
    """The body has more bytes than are taken here; the answer is 413.

    It is raised as soon as that is known, so most of the body may still be on its way.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")
        self.limit = limit


class BodyCutShort(InvalidInput):
    """The body stopped before its end; the answer, if anyone still reads it, is 408."""

    def __init__(self) -> None:
        super().__init__("the body stopped before its end")


class WholeBodies:
    """An ASGI application around another: reading a body that was cut short raises BodyCutShort.

    It also lets the application begin before the first piece of the body has come. Falcon waits
    for that piece before it looks at the request, and the wait makes the server tell an
    `Expect: 100-continue` client to send a body that is about to be refused.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope; only HTTP requests are changed."""
        if scope["type"] == "http" and not _is_watched(scope):
            exchange = _Exchange(receive, send)
            extensions = {**(scope.get("extensions") or {}), _EXTENSION: {"left": exchange.left}}
            scope = {**scope, "extensions": extensions}
            receive, send = exchange.receive, exchange.send
        await self._app(scope, receive, send)


class _Exchange:
    """One request and its response."""

    __slots__ = ("_answering", "_begun", "_receive", "_send", "_whole")

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._begun = False
        self._whole = False
        self._answering = False

    async def receive(self) -> Message:
        if not self._begun:
            self._begun = True
            return {"type": "http.request", "body": b"", "more_body": True}
        event = await self._receive()
        if self._whole:
            return event
        if event["type"] == "http.disconnect":
            # An application that answers without the body waits here for its client to leave.
            if self._answering:
                return event
            raise BodyCutShort
        self._whole = not event.get("more_body", False)
        return event

    async def left(self) -> None:
        """Wait until nobody is there for the answer any more."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def send(self, message: Message) -> None:
        self._answering = True
        await self._send(message)


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body, with or without a Content-Length.

    Raises BodyTooLarge if it has more than `limit` bytes, without reading it where its
    Content-Length says so, and BodyCutShort if it stops before its end.
    """
    declared = request.content_length
    if declared is not None and declared > limit:
        raise BodyTooLarge(limit)
    body = await request.stream.read(limit + 1)
    if len(body) > limit:
        raise BodyTooLarge(limit)
    if declared is None and body and not _is_watched(request.scope):
        # Nothing else could tell a piece of this body from the whole.
        raise RuntimeError(_OUTSIDE)
    if declared is not None and len(body) != declared:
        raise BodyCutShort
    return body


async def client_left(request: Request) -> None:
    """Wait until the client has left, or the server is about to end.

    For an answer without an end, once that has begun: nothing else may read the body then.
    """
    if not _is_watched(request.scope):
        raise RuntimeError(_OUTSIDE)
    await request.scope["extensions"][_EXTENSION]["left"]()


def _is_watched(scope: Scope) -> bool:
    return _EXTENSION in (scope.get("extensions") or {})
