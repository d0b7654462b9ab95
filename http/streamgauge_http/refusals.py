"""Why a request is refused before its body is read.

`headers` are those that the answer carries beside the problem.
"""

from __future__ import annotations

from collections.abc import Mapping

from streamgauge.errors import InvalidInput


class Refusal(InvalidInput):
    """A request that is not admitted, whatever its body says."""

    headers: Mapping[str, str] = {}


class OriginNotAllowed(Refusal):
    """The delivery names an origin that has no consent to deliver here."""


class Unauthorized(Refusal):
    """The request shows no token, or one that is not known.

    The challenge is that of RFC 6750; the token itself is repeated nowhere.
    """

    def __init__(self, reason: str, *, shown: bool) -> None:
        super().__init__(reason)
        challenge = 'Bearer realm="streamgauge"'
        self.headers = {
            "WWW-Authenticate": f'{challenge}, error="invalid_token"' if shown else challenge
        }


class Closed(Refusal):
    """Nobody may do this here until the operator has said who may."""


class Forbidden(Refusal):
    """The token is known, and does not cover this."""


class RateLimited(Refusal):
    """More came than the rate of an origin or a token; after `seconds` the next is admitted."""

    def __init__(self, rate: int, seconds: int) -> None:
        super().__init__(
            f"more than {rate} requests a minute; send it again after {seconds} seconds"
        )
        self.seconds = seconds
        self.headers = {"Retry-After": str(seconds)}
