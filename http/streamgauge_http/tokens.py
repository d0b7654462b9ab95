"""The tokens of those who may deliver, shown as RFC 6750 has it: in a header or in the query.

A token and the query that may hold one are written nowhere: not in an answer, not in the log.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import parse_qsl

from falcon.asgi import Request

from streamgauge.errors import InvalidInput
from streamgauge_http.refusals import Unauthorized

PARAMETER = "access_token"


class Tokens:
    """The tokens that are known; without any, everybody may deliver."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._digests = [sha256(token.encode()).digest() for token in tokens]

    def check(self, req: Request) -> None:
        """Raises Unauthorized, or InvalidInput where more than one token is shown."""
        if not self._digests:
            return
        in_the_query = in_query(req)
        shown = _in_header(req) + in_the_query
        if not shown:
            raise Unauthorized(
                f"a token is needed: Authorization: Bearer <token>, or ?{PARAMETER}=<token>",
                shown=False,
            )
        if len(shown) > 1:
            raise InvalidInput(
                f"show one token, either in Authorization or as {PARAMETER}",
                where=PARAMETER if in_the_query else "Authorization",
            )
        if not self._knows(shown[0]):
            raise Unauthorized("the token is not one that is known here", shown=True)

    def _knows(self, token: bytes) -> bool:
        """Takes as long whichever it is: every digest is compared, in constant time."""
        digest = sha256(token).digest()
        matches = [hmac.compare_digest(digest, known) for known in self._digests]
        return any(matches)


def in_query(req: Request) -> list[bytes]:
    """Every token in the query, as the bytes that were sent."""
    query = req.scope["query_string"]
    if not query:  # which is what most deliveries have
        return []
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    return [value.encode("latin-1") for name, value in pairs if name == PARAMETER]


def _in_header(req: Request) -> list[bytes]:
    """Every bearer token. Not req.auth, in which the values of a header that comes twice are one.

    Another scheme is no token: a proxy on the way may have its own use of the header.
    """
    values = [value for name, value in req.scope["headers"] if name == b"authorization"]
    parts = [value.strip().partition(b" ") for value in values]
    return [token.strip() for scheme, _, token in parts if scheme.lower() == b"bearer"]
