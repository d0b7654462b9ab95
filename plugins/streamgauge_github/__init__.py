"""GitHub: webhooks in, CDEvents out. What comes of which event: docs/plugins/github.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_github import transformer
from streamgauge_github.deployments import DeploymentTransformer
from streamgauge_github.options import options_of
from streamgauge_github.receiver import receiver
from streamgauge_github.transformer import GithubTransformer


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One that needs no memory, and one that remembers what was deployed where."""
    return [GithubTransformer(options_of(settings)), DeploymentTransformer()]


@hookimpl
def routes() -> dict[str, list[str]]:
    """Webhooks received here, and the events of Knative's GitHubSource."""
    return transformer.routes()


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/github``."""
    return [receiver(options_of(settings))]
