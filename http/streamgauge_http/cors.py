"""Pages of other origins whose scripts may ask, where the setting `cors_origins` names them.

They may only ask: GET, with a token in a header. A browser sends nothing along on its own, since
there are no cookies.
"""

from __future__ import annotations

from collections.abc import Sequence

import falcon
from falcon.asgi import Request, Response

_MAY_SEND = "Authorization, If-None-Match, Last-Event-ID, X-Request-Id"
_MAY_READ = "ETag, Link, Retry-After, X-Request-Id"
_REMEMBERED_SECONDS = "600"


class Cors:
    """A middleware."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._origins = frozenset(origins)

    async def process_request(self, req: Request, resp: Response) -> None:
        """Answer the question that a browser asks beforehand."""
        if not self._is_allowed(req) or req.method != "OPTIONS":
            return
        if req.get_header("ACCESS-CONTROL-REQUEST-METHOD") is None:
            return
        resp.status = falcon.HTTP_204
        resp.set_headers(
            {
                "Access-Control-Allow-Methods": "GET",
                "Access-Control-Allow-Headers": _MAY_SEND,
                "Access-Control-Max-Age": _REMEMBERED_SECONDS,
            }
        )
        resp.complete = True

    async def process_response(
        self, req: Request, resp: Response, resource: object, succeeded: bool
    ) -> None:
        """Let the page read the answer."""
        resp.append_header("Vary", "Origin")
        if self._is_allowed(req):
            resp.set_header("Access-Control-Allow-Origin", req.get_header("ORIGIN") or "")
            resp.set_header("Access-Control-Expose-Headers", _MAY_READ)
            resp.set_header("Cross-Origin-Resource-Policy", "cross-origin")

    def _is_allowed(self, req: Request) -> bool:
        origin = req.get_header("ORIGIN")
        return origin is not None and ("*" in self._origins or origin in self._origins)
