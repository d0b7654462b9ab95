"""Azure DevOps: service hooks in, CDEvents out. docs/plugins/azure-devops.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_azure_devops import transformer
from streamgauge_azure_devops.options import options_of
from streamgauge_azure_devops.receiver import receiver


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One without a memory, one that remembers votes, one that knows what is deployed where."""
    return transformer.transformers(options_of(settings))


@hookimpl
def routes() -> dict[str, list[str]]:
    """The service hooks that mean something."""
    return transformer.routes()


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/azure-devops``."""
    return [receiver(options_of(settings))]
