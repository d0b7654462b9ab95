"""Flux: webhooks in, CDEvents out. What comes of which event: docs/plugins/flux.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_flux.notice import TYPES
from streamgauge_flux.options import options_of
from streamgauge_flux.receiver import receiver
from streamgauge_flux.transformer import FluxTransformer


@hookimpl
def transformers(settings: Settings) -> list[StatefulTransformer]:
    """One, which remembers the revisions of each Kustomization and HelmRelease."""
    return [FluxTransformer(options_of(settings))]


@hookimpl
def routes() -> dict[str, list[str]]:
    """The two kinds of objects that deploy something."""
    return {type_: [FluxTransformer.name] for type_ in TYPES.values()}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/flux``."""
    return [receiver(options_of(settings))]
