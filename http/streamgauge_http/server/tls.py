"""HTTPS, where no ingress or proxy ends TLS in front of the service."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from streamgauge.errors import SettingsError
from streamgauge.settings import Settings


@dataclass(frozen=True, slots=True)
class TLS:
    """The files, which have been read once. They are read again when a worker starts."""

    certificate: str
    key: str


def tls_of(settings: Settings) -> TLS | None:
    """What the settings name; None without. Raises SettingsError for what is no such pair."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    found = TLS(str(settings.tls_certificate), str(settings.tls_key))
    try:
        # A key with a passphrase would have each worker ask the terminal for it.
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            found.certificate, found.key, password=lambda: b""
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"tls_certificate {found.certificate} and tls_key {found.key} cannot be used: {reason}"
        ) from None
    return found
