"""Gitea and Forgejo: webhooks in, CDEvents out. docs/plugins/gitea.md says what comes of which."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_gitea import transformer
from streamgauge_gitea.deployments import deployment_transformer
from streamgauge_gitea.options import options_of
from streamgauge_gitea.receiver import receiver
from streamgauge_gitea.transformer import GiteaTransformer


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One that needs no memory, and one that remembers what was deployed where."""
    options = options_of(settings)
    return [GiteaTransformer(options), deployment_transformer(options)]


@hookimpl
def routes() -> dict[str, list[str]]:
    """What the receiver makes of the deliveries of either."""
    return transformer.routes()


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/gitea``."""
    return [receiver(options_of(settings))]
