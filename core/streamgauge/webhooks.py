"""What a webhook receiver is given, and the checks that receivers share."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One POST request to a receiver, with its body as the bytes that were sent."""

    headers: Mapping[str, str]
    """Names in lower case, values in latin-1."""
    body: bytes
    query: Mapping[str, str]
    path: str = ""
    """``/webhooks/<name>`` or one of the receiver's own, percent-decoded, no slash at its end."""
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    """The names in the template of the path, each with its part of the path."""
    received: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When it came in, for signatures that are valid for a while."""

    def header(self, name: str) -> str | None:
        """The header's value, whatever the case of `name`; None where it is absent."""
        return self.headers.get(name.lower())


def hmac_sha256_matches(secrets: Iterable[bytes], signed: bytes, *signatures: str) -> bool:
    """Whether one of the signatures is the HMAC-SHA256 of `signed`, in hexadecimal digits, under
    any of the secrets.

    Every secret is tried with every signature, and each comparison takes constant time. Digests
    are made once for each secret, however many signatures somebody writes into a header.
    """
    digests = [hmac.new(each, signed, hashlib.sha256).hexdigest().encode() for each in secrets]
    return one_matches(digests, signatures)


def one_matches(digests: Sequence[bytes], signatures: Iterable[str]) -> bool:
    """Whether one of the digests is one of the signatures, in a time that tells not which."""
    given = [each.encode("utf-8", "surrogateescape") for each in signatures]
    matches = [hmac.compare_digest(digest, each) for digest in digests for each in given]
    return any(matches)
