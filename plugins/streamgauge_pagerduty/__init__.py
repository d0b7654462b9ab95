"""PagerDuty: webhooks in, CDEvents out. What comes of which event: docs/plugins/pagerduty.md."""

from __future__ import annotations

from streamgauge import Receiver, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import Options, Places, Secrets
from streamgauge_pagerduty.receiver import receiver
from streamgauge_pagerduty.transformer import ROUTED, PagerDutyTransformer


@hookimpl
def transformers(settings: Settings) -> list[Transformer]:
    """One that needs no memory."""
    return [PagerDutyTransformer(Places.of(Options(settings, "pagerduty")))]


@hookimpl
def routes() -> dict[str, list[str]]:
    """The events that begin or end an incident."""
    return {kind: [PagerDutyTransformer.name] for kind in ROUTED}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/pagerduty``."""
    return [receiver(Secrets.of(Options(settings, "pagerduty")))]
