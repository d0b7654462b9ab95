"""Tokens: ``sg_<id>_<secret>``, of which only a digest is kept.

The secret is 256 bits of chance, so nobody finds it by trying, however fast the digest is.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from streamgauge.access.grants import Grant

_SHAPE: Final = re.compile(rb"sg_([0-9a-f]{12})_[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is stored."""

    token_id: str
    digest: bytes
    grant: Grant
    created_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_shown_by(self, shown: bytes) -> bool:
        """Whether this is the token that somebody shows; compared in constant time."""
        return hmac.compare_digest(sha256(shown).digest(), self.digest)

    def holds(self, now: datetime) -> bool:
        """Whether it has neither ended nor been revoked."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def mint(grant: Grant, *, expires_at: datetime | None = None) -> tuple[str, Token]:
    """A new token: what to show, which is nowhere kept, and what to store."""
    token_id = secrets.token_hex(6)
    text = f"sg_{token_id}_{secrets.token_hex(32)}"
    return text, Token(token_id, sha256(text.encode()).digest(), grant, expires_at=expires_at)


def id_of(shown: bytes) -> str | None:
    """The id in a text that has the shape of a stored token; None for any other text."""
    found = _SHAPE.fullmatch(shown)
    return found[1].decode() if found else None
