"""Alertmanager: webhooks in, CDEvents out. docs/plugins/alertmanager.md."""

from __future__ import annotations

from streamgauge import Receiver, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import Alerting, Options, Secrets
from streamgauge_alertmanager.notifications import TYPE, AlertmanagerTransformer, receiver


@hookimpl
def transformers(settings: Settings) -> list[Transformer]:
    """One that needs no memory."""
    return [AlertmanagerTransformer(Alerting.of(Options(settings, "alertmanager")))]


@hookimpl
def routes() -> dict[str, list[str]]:
    """Every notification."""
    return {TYPE: [AlertmanagerTransformer.name]}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/alertmanager``."""
    return [receiver(Secrets.of(Options(settings, "alertmanager")))]
