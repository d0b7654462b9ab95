"""GitHub: webhooks in, CDEvents out. What comes of which event: docs/plugins/github.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_github import transformer
from streamgauge_github.deployments import DeploymentTransformer
from streamgauge_github.options import options_of
from streamgauge_github.receiver import receiver
from streamgauge_github.transformer import GithubTransformer

if TYPE_CHECKING:
    import click


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One that needs no memory, and one that remembers what was deployed where."""
    options = options_of(settings)
    return [GithubTransformer(options), DeploymentTransformer(options)]


@hookimpl
def routes(settings: Settings) -> dict[str, list[str]]:
    """Webhooks received here, and the events of Knative's GitHubSource."""
    return transformer.routes(options_of(settings))


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/github``."""
    return [receiver(options_of(settings))]


@hookimpl
def importers() -> Sequence[click.Command]:
    """``streamgauge import github``."""
    from streamgauge_github.history.command import github  # only this command needs a client

    return [github]
