"""Argo Rollouts: webhooks in, CDEvents out. What comes of what: docs/plugins/argo-rollouts.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_argo_rollouts.analyses import AnalysisTransformer
from streamgauge_argo_rollouts.notices import ANALYSES, OBJECTS, ROLLOUTS
from streamgauge_argo_rollouts.options import options_of
from streamgauge_argo_rollouts.receiver import receiver
from streamgauge_argo_rollouts.transformer import RolloutTransformer


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One that remembers the images of each Rollout, and one for analyses."""
    options = options_of(settings)
    return [RolloutTransformer(options), AnalysisTransformer(options)]


@hookimpl
def routes() -> dict[str, list[str]]:
    """Its own notifications, and the objects that Knative's ApiServerSource sends."""
    rollouts = {name: [RolloutTransformer.name] for name in (*ROLLOUTS, *OBJECTS)}
    return rollouts | {name: [AnalysisTransformer.name] for name in ANALYSES}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/argo-rollouts``."""
    return [receiver(options_of(settings))]
