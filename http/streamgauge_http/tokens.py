"""The tokens that callers show, as RFC 6750 has it: in a header, or in the query of a delivery.

A token and the query that may hold one are written nowhere: not in an answer, not in the log.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import parse_qsl

from falcon.asgi import Request

from streamgauge.access import ROLES, Grant
from streamgauge.settings import Settings

PARAMETER = "access_token"


class SettingsTokens:
    """The tokens that stand in the settings."""

    def __init__(self, settings: Settings) -> None:
        self._known: Sequence[tuple[bytes, Grant]] = [
            (sha256(token.encode()).digest(), Grant(f"{role}_tokens", frozenset({role})))
            for role in ROLES
            for token in getattr(settings, f"{role}_tokens")
        ]

    def __bool__(self) -> bool:
        return bool(self._known)

    def find(self, shown: bytes) -> Grant | None:
        """What a token grants; one that stands there for several roles grants them all.

        Takes as long whichever it is: every digest is compared, in constant time.
        """
        digest = sha256(shown).digest()
        matches = [grant for known, grant in self._known if hmac.compare_digest(digest, known)]
        if not matches:
            return None
        return Grant(matches[0].name, frozenset().union(*(grant.roles for grant in matches)))


def shown_by(req: Request, *, in_query_too: bool) -> list[bytes]:
    """The tokens that a request shows, in the order in which they stand."""
    return _in_header(req) + (in_query(req) if in_query_too else [])


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
