"""Terraform's signature, which is none of those that Streamgauge has: HMAC-SHA512."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from streamgauge import WebhookRequest
from streamgauge.errors import WebhookRefused
from streamgauge.sources import Secrets

HEADER: Final = "X-TFE-Notification-Signature"


@dataclass(frozen=True, slots=True)
class SignedBySha512:
    """The hexadecimal HMAC-SHA512 of the body, keyed by the token of the notification."""

    secrets: Secrets

    def __call__(self, request: WebhookRequest) -> None:
        """Raises WebhookRefused that says what is missing."""
        if self.secrets.waived():
            return
        given = request.header(HEADER)
        if not given:
            raise WebhookRefused(
                "the notification is not signed: set its token to the secret that is configured "
                "here",
                where=HEADER,
            )
        # Each is compared, and whole, so that the time tells nothing of which one is near.
        matches = [
            hmac.compare_digest(_signature(secret, request.body), given.encode("latin-1"))
            for secret in self.secrets.values
        ]
        if not any(matches):
            raise WebhookRefused(
                "the signature does not match the body under any configured secret", where=HEADER
            )


def _signature(secret: bytes, body: bytes) -> bytes:
    return hmac.new(secret, body, hashlib.sha512).hexdigest().encode()
