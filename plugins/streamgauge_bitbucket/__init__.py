"""Bitbucket Cloud and Data Center: webhooks in, CDEvents out. docs/plugins/bitbucket.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_bitbucket import transformer
from streamgauge_bitbucket.deployments import DeploymentTransformer
from streamgauge_bitbucket.memory import PullRequestTransformer
from streamgauge_bitbucket.options import options_of
from streamgauge_bitbucket.receiver import receiver
from streamgauge_bitbucket.transformer import BitbucketTransformer


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One without a memory, one that remembers whole commits, one that knows what is deployed."""
    options = options_of(settings)
    return [
        BitbucketTransformer(options),
        PullRequestTransformer(),
        DeploymentTransformer(options.rule),
    ]


@hookimpl
def routes() -> dict[str, list[str]]:
    """The events of Cloud and of Data Center that mean something."""
    return transformer.routes()


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/bitbucket``."""
    return [receiver(options_of(settings))]
