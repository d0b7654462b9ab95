"""What stands before the body of a delivery beside its token: origins, their rates, the handshake.

It follows "HTTP 1.1 Web Hooks for Event Delivery" 1.0.2 of CloudEvents; the reasons are in
docs/decisions/0012-webhook-deliveries.md.
"""

from __future__ import annotations

from functools import partial

import falcon
from falcon.asgi import Request, Response

from streamgauge.access import Grant
from streamgauge.settings import Settings
from streamgauge_http import callbacks, handshake
from streamgauge_http.rates import Rates
from streamgauge_http.refusals import RateLimited


class Admission:
    """The origins and the rates of one process."""

    def __init__(self, settings: Settings) -> None:
        self._origins = handshake.Origins(settings.webhook_origins)
        self._rate = settings.webhook_rate
        self._rates = Rates(self._rate) if self._rate is not None else None
        self._rates_of_tokens: dict[int, Rates] = {}
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

    def origin(self, req: Request) -> str | None:
        """The origin that a delivery names. Raises OriginNotAllowed."""
        return self._origins.of(req)

    def spend(self, req: Request, origin: str | None, grant: Grant, *, delivers: bool) -> None:
        """Count the request against the rate of its token, and a delivery against its origin's.

        Raises RateLimited. It comes last, so that nobody spends a rate in the name of another
        without a token.
        """
        if grant.rate is not None:
            rates = self._rates_of_tokens.setdefault(grant.rate, Rates(grant.rate))
            _take(rates, grant.name)
        if delivers and self._rates is not None:
            _take(self._rates, origin or _peer(req))

    async def close(self) -> None:
        """Finish what is being said to others."""
        await self._callbacks.close()


def _take(rates: Rates, sender: str) -> None:
    seconds = rates.take(sender)
    if seconds:
        raise RateLimited(rates.rate, seconds)


def _peer(req: Request) -> str:
    """Who is at the other end. A space, which no origin has, keeps the two kinds apart.

    Not req.remote_addr, which reads what headers say of it first.
    """
    client = req.scope.get("client")
    return f"peer {client[0] if client else ''}"
