"""The events of Google's fourkeys: webhooks in, CDEvents out. docs/plugins/fourkeys.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_fourkeys.deployments import DeploymentTransformer
from streamgauge_fourkeys.messages import TYPES
from streamgauge_fourkeys.options import options_of
from streamgauge_fourkeys.receiver import receiver
from streamgauge_fourkeys.transformer import BuildTransformer


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One that reads builds, and one that remembers what was deployed where."""
    options = options_of(settings)
    return [BuildTransformer(), DeploymentTransformer(options)]


@hookimpl
def routes() -> dict[str, list[str]]:
    """What the receiver makes, and what Google's Eventarc sends of the same."""
    return {name: [BuildTransformer.name, DeploymentTransformer.name] for name in TYPES}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/fourkeys``."""
    return [receiver(options_of(settings))]
