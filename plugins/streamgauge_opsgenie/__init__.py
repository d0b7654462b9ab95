"""Opsgenie: webhooks in, CDEvents out. What comes of which action: docs/plugins/opsgenie.md."""

from __future__ import annotations

from streamgauge import Receiver, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import Options, Secrets
from streamgauge_opsgenie.receiver import PREFIX, receiver
from streamgauge_opsgenie.transformer import ACTIONS, Naming, OpsgenieTransformer


@hookimpl
def transformers(settings: Settings) -> list[Transformer]:
    """One that needs no memory."""
    return [OpsgenieTransformer(Naming.of(Options(settings, "opsgenie")))]


@hookimpl
def routes() -> dict[str, list[str]]:
    """The actions that begin or end an alert."""
    return {PREFIX + action: [OpsgenieTransformer.name] for action in ACTIONS}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/opsgenie``."""
    return [receiver(Secrets.of(Options(settings, "opsgenie")))]
