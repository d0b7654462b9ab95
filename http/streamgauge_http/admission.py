"""Who may deliver: what stands before the body of every delivery, and the handshake before it.

It follows "HTTP 1.1 Web Hooks for Event Delivery" 1.0.2 of CloudEvents; the reasons are in
docs/decisions/0012-webhook-deliveries.md.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import falcon
from falcon.asgi import Request, Response

from streamgauge.paths import ADMIN
from streamgauge.settings import Settings
from streamgauge_http import callbacks, handshake
from streamgauge_http.operators import Operators
from streamgauge_http.rates import Rates
from streamgauge_http.refusals import RateLimited
from streamgauge_http.tokens import Tokens, in_query

Needed = bool | Literal["admin"]
"""Whether a delivery needs a token; ``"admin"``: one of those of operators."""


class Admission:
    """The origins, tokens and rates of one process."""

    def __init__(self, settings: Settings) -> None:
        self._origins = handshake.Origins(settings.webhook_origins)
        self._rate = settings.webhook_rate
        self._rates = Rates(self._rate) if self._rate is not None else None
        self._tokens = Tokens(settings.ingest_tokens)
        self._operators = Operators(settings)
        self._callbacks = callbacks.Callbacks(settings.webhook_callback_hosts)

    async def consent(self, req: Request, resp: Response) -> None:
        """Answer a handshake: 204, with the grant if there is one."""
        resp.status = falcon.HTTP_204
        grant = handshake.grant(req, self._origins, self._rate)
        if grant is None:
            return
        resp.set_headers(dict(grant.headers()))
        target = self._callbacks.target(req.get_header(callbacks.HEADER))
        if target is not None:
            resp.schedule(partial(self._callbacks.call, *target, grant))

    async def admit(self, req: Request, resp: Response, *, token: Needed) -> None:
        """Raise a Refusal unless the delivery may be read; `token`: whether one is needed, or
        one of operators.

        The rate comes last, so that nobody spends it in the name of another without a token.
        """
        origin = self._origins.of(req)
        if token == ADMIN:
            self._operators.check(req)
        elif token:
            self._tokens.check(req)
        if self._rates is not None:
            seconds = self._rates.take(origin or _peer(req))
            if seconds:
                raise RateLimited(self._rates.rate, seconds)
        if in_query(req):
            resp.set_header("Cache-Control", "private")

    async def close(self) -> None:
        """Finish what is being said to others."""
        await self._callbacks.close()


def _peer(req: Request) -> str:
    """Who is at the other end. A space, which no origin has, keeps the two kinds apart.

    Not req.remote_addr, which reads what headers say of it first.
    """
    client = req.scope.get("client")
    return f"peer {client[0] if client else ''}"
