"""Whether the settings make sense."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streamgauge.errors import SettingsError

if TYPE_CHECKING:
    from streamgauge.settings.declaration import Settings

SHORTEST_TOKEN = 16
"""Characters that a token has at least: fewer could be guessed."""

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = rf"{_LABEL}(\.{_LABEL})*"
_ORIGIN = re.compile(rf"https?://({_NAME}|\[[0-9a-f:]+\])(:[0-9]{{1,5}})?", re.ASCII)
_HOST = re.compile(rf"(?=.{{1,253}}$){_NAME}", re.ASCII | re.IGNORECASE)
_CHOICES = {
    "cdevents_mode": ("strict", "compat"),
    "rebuild": ("automatic", "by-command"),
    "log_format": ("text", "json"),
}


def check(settings: Settings) -> None:
    """Raise SettingsError that names the culprit."""
    if settings.max_event_bytes < 65_536:
        raise SettingsError("max_event_bytes must be at least 65536: CloudEvents asks for it")
    if settings.max_batch_bytes < settings.max_event_bytes:
        raise SettingsError("max_batch_bytes must not be smaller than max_event_bytes")
    if not 0 <= settings.port <= 65_535:
        raise SettingsError(f"port must be between 0 and 65535, not {settings.port}")
    if settings.http_workers < 1 or settings.max_batch_events < 1:
        raise SettingsError("http_workers and max_batch_events must be at least 1")
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise SettingsError("tls_certificate and tls_key belong together: set both or neither")
    for name, (one, other) in _CHOICES.items():
        if getattr(settings, name) not in (one, other):
            raise SettingsError(f"{name} must be {one} or {other}, not {getattr(settings, name)!r}")
    if settings.otlp_endpoint is not None:
        _check_endpoint(settings.otlp_endpoint)
    _check_transformers(settings)
    _check_webhooks(settings)
    _check_tokens(settings)


def _check_endpoint(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        good = good and "@" not in parts.netloc and "?" not in url and "#" not in url
    except ValueError:
        good = False
    if not good:  # and is not repeated: what stands beyond the address is likely to be a secret
        raise SettingsError(
            "otlp_endpoint must be such as http://collector:4318, without a name, a password or a"
            " query; what the collector is to be shown stands in OTEL_EXPORTER_OTLP_HEADERS"
        )


def _check_transformers(settings: Settings) -> None:
    # Who holds a lease and says nothing for half a minute loses it.
    highest = {"function_timeout": 20, "transformer_timeout": 20, "function_concurrency": 64}
    for name, most in highest.items():
        if not 1 <= getattr(settings, name) <= most:
            raise SettingsError(f"{name} must be between 1 and {most}")
    for name in settings.function_hosts:
        if not _HOST.fullmatch(name.removeprefix("*.")):
            raise SettingsError(f"function_hosts holds DNS names or *.example.com, not {name!r}")


def _check_webhooks(settings: Settings) -> None:
    if settings.webhook_rate is not None and settings.webhook_rate < 1:
        raise SettingsError("webhook_rate must be at least 1; leave it out for no limit")
    for name in settings.webhook_origins:
        if name != "*" and not _HOST.fullmatch(name.removeprefix("*.")):
            raise SettingsError(
                f"webhook_origins holds *, DNS names or *.example.com, not {name!r}"
            )
    for name in settings.webhook_callback_hosts:
        if not _HOST.fullmatch(name):
            raise SettingsError(f"webhook_callback_hosts holds DNS names, not {name!r}")


def _check_tokens(settings: Settings) -> None:
    for name in ("ingest_tokens", "read_tokens", "admin_tokens"):
        if any(len(token) < SHORTEST_TOKEN for token in getattr(settings, name)):
            raise SettingsError(
                f"every one of {name} must have at least {SHORTEST_TOKEN} characters"
            )
    if not set(settings.open) <= {"ingest", "read"}:
        raise SettingsError(f"open holds ingest, read or both, not {', '.join(settings.open)}")
    for origin in settings.cors_origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"cors_origins holds origins, https://portal.example.com, or *, not {origin!r}"
            )
