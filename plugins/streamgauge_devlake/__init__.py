"""DevLake's incoming webhooks: calls made for it in, CDEvents out. docs/plugins/devlake.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_devlake.calls import CLOSE, DEPLOYMENT, ISSUE
from streamgauge_devlake.options import options_of
from streamgauge_devlake.receiver import DevlakeReceiver
from streamgauge_devlake.transformers import DeploymentTransformer, IssueTransformer


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One for deployments, and one that remembers of each issue what it was."""
    options = options_of(settings)
    return [DeploymentTransformer(options), IssueTransformer(options)]


@hookimpl
def routes() -> dict[str, list[str]]:
    """The three types that the receiver makes."""
    return {
        DEPLOYMENT: [DeploymentTransformer.name],
        ISSUE: [IssueTransformer.name],
        CLOSE: [IssueTransformer.name],
    }


@hookimpl
def receivers() -> list[Receiver]:
    """DevLake's own paths."""
    return [DevlakeReceiver()]
