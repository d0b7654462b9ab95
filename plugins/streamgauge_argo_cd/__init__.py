"""Argo CD: webhooks in, CDEvents out. What comes of which notification: docs/plugins/argo-cd.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_argo_cd.notice import TYPE
from streamgauge_argo_cd.options import options_of
from streamgauge_argo_cd.receiver import receiver
from streamgauge_argo_cd.transformer import ArgoCDTransformer


@hookimpl
def transformers(settings: Settings) -> list[StatefulTransformer]:
    """One, which remembers the images and the health of each Application."""
    return [ArgoCDTransformer(options_of(settings))]


@hookimpl
def routes() -> dict[str, list[str]]:
    """Notifications are of one type: each holds the whole Application."""
    return {TYPE: [ArgoCDTransformer.name]}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/argo-cd``."""
    return [receiver(options_of(settings))]
