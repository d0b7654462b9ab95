"""GitLab: webhooks in, CDEvents out. What comes of which event: docs/plugins/gitlab.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_gitlab import transformer
from streamgauge_gitlab.deployments import DeploymentTransformer
from streamgauge_gitlab.options import options_of
from streamgauge_gitlab.receiver import receiver
from streamgauge_gitlab.transformer import GitlabTransformer


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One that needs no memory, and one that remembers what was deployed where."""
    options = options_of(settings)
    return [GitlabTransformer(options), DeploymentTransformer(options)]


@hookimpl
def routes() -> dict[str, list[str]]:
    """Webhooks received here, and the events of Knative's GitLabSource."""
    return transformer.routes()


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/gitlab``."""
    return [receiver(options_of(settings))]
