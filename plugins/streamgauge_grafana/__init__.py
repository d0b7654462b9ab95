"""Grafana alerting: webhooks in, CDEvents out. docs/plugins/grafana.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_grafana.legacy import LegacyTransformer
from streamgauge_grafana.options import options_of
from streamgauge_grafana.receiver import LEGACY, TYPE, receiver
from streamgauge_grafana.transformer import GrafanaTransformer


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One that needs no memory, and one for the alerting of before, which told no times."""
    alerting = options_of(settings).alerting
    return [GrafanaTransformer(alerting), LegacyTransformer(alerting)]


@hookimpl
def routes() -> dict[str, list[str]]:
    """Every notification."""
    return {TYPE: [GrafanaTransformer.name], LEGACY: [LegacyTransformer.name]}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/grafana``."""
    return [receiver(options_of(settings))]
