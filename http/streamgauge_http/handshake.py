"""The validation handshake of the CloudEvents webhook specification: who is asking, and how much.

The handshake is no authorisation. It tells a sender that this place expects its deliveries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from falcon.asgi import Request

from streamgauge.errors import InvalidInput
from streamgauge_http.refusals import OriginNotAllowed

ORIGIN = "WebHook-Request-Origin"
RATE = "WebHook-Request-Rate"

# The specification says "a DNS expression"; senders that put a little more into it are not in the
# way where every origin is allowed. A comma is left out: it joins the values of a repeated header.
_ORIGIN = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,253}")
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_RATE = re.compile(r"0*([1-9][0-9]{0,99})", re.ASCII)


class Origins:
    """The origins that may deliver: DNS names, `*.example.com` for those below one, `*` for all."""

    def __init__(self, allowed: Iterable[str]) -> None:
        names = {name.lower() for name in allowed}
        self._all = "*" in names
        self._exact = {name for name in names if not name.startswith("*")}
        self._below = tuple(name[1:] for name in names if name.startswith("*."))

    def allow(self, origin: str) -> bool:
        """Whether this origin may deliver; upper and lower case are the same."""
        if not _ORIGIN.fullmatch(origin):
            return False
        name = origin.lower()
        if self._all or name in self._exact:
            return True
        return name.endswith(self._below) and _NAME.fullmatch(name) is not None

    def of(self, req: Request) -> str | None:
        """The delivery's origin in lower case, None if it names none. Raises OriginNotAllowed."""
        origin = req.get_header(ORIGIN)
        if origin is None:
            return None
        if not self.allow(origin):
            raise OriginNotAllowed("this origin may not deliver here", where=ORIGIN)
        return origin.lower()


@dataclass(frozen=True, slots=True)
class Grant:
    """The consent that this origin delivers, at this rate (per minute; None means any)."""

    origin: str
    rate: int | None

    def headers(self) -> Mapping[str, str]:
        """What the sender is told."""
        return {
            "WebHook-Allowed-Origin": self.origin,
            "WebHook-Allowed-Rate": "*" if self.rate is None else str(self.rate),
        }


def grant(req: Request, origins: Origins, rate: int | None) -> Grant | None:
    """The consent that a handshake is given; None where it gets none.

    `rate` is the highest that is granted. Raises InvalidInput for a rate that is no number.
    """
    origin = req.get_header(ORIGIN)
    if origin is None or not origins.allow(origin):
        return None
    wanted = _wanted_rate(req)
    if rate is not None and wanted is not None:
        rate = min(rate, wanted)
    return Grant(origin, rate)


def _wanted_rate(req: Request) -> int | None:
    text = req.get_header(RATE)
    if text is None:
        return None
    found = _RATE.fullmatch(text.strip())
    if not found:
        raise InvalidInput("must be a positive whole number of requests per minute", where=RATE)
    return int(found[1])
