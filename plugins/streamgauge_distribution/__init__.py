"""The OCI distribution registry: notifications in, CDEvents out. docs/plugins/distribution.md."""

from __future__ import annotations

from streamgauge import Receiver, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import Options, Secrets, SharedSecret, WebhookReceiver
from streamgauge_distribution.receiver import EVENTS, delivery
from streamgauge_distribution.transformer import HOST, DistributionTransformer


@hookimpl
def transformers(settings: Settings) -> list[Transformer]:
    """One, without a memory. Raises SettingsError for a `registry` that is no host."""
    options = Options(settings, "distribution")
    registry = options.maybe("registry")
    if registry is not None and not HOST.fullmatch(registry):
        raise options.wrong("registry", "a host, registry.example.com, with its port if it has one")
    return [DistributionTransformer(registry)]


@hookimpl
def routes() -> dict[str, list[str]]:
    """Whatever a registry sends has one type."""
    return {EVENTS: [DistributionTransformer.name]}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/distribution``."""
    secrets = Secrets.of(Options(settings, "distribution"))
    return [WebhookReceiver("distribution", SharedSecret(secrets), delivery)]
