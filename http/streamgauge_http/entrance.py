"""What every resource that takes deliveries has in common."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from streamgauge_http.admission import Needed
from streamgauge_http.runtime import Runtime


class Entrance:
    """The base of a resource that takes deliveries: `on_post` begins with ``await self.admit``."""

    takes_deliveries = True

    def __init__(self, runtime: Runtime, *, also: tuple[str, ...] = ()) -> None:
        """`also` are methods that the path takes beside POST."""
        self.runtime = runtime
        self._allow = ", ".join(sorted({*also, "OPTIONS", "POST"}))

    async def on_options(self, req: Request, resp: Response, **params: Any) -> None:
        """The validation handshake: 204 with Allow, and with the grant if there is one."""
        resp.set_header("Allow", self._allow)
        await self.runtime.admission.consent(req, resp)

    async def admit(self, req: Request, resp: Response, *, token: Needed = True) -> None:
        """Let the delivery in, or raise why not; `token`: whether it needs one, and which.

        Nothing of its body has been read.
        """
        await self.runtime.admission.admit(req, resp, token=token)
