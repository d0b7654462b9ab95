"""Jira, Cloud and Data Center: webhooks in, CDEvents out. docs/plugins/jira.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import DeploymentTransformer
from streamgauge_jira import transformer
from streamgauge_jira.options import options_of
from streamgauge_jira.receiver import receiver
from streamgauge_jira.transformer import JiraTransformer
from streamgauge_jira.versions import DEPLOYMENTS, reader


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One for issues and versions, and one that knows which versions were deployed."""
    options = options_of(settings)
    return [JiraTransformer(options), DeploymentTransformer(DEPLOYMENTS, reader(options.rule))]


@hookimpl
def routes() -> dict[str, list[str]]:
    """The events that mean something."""
    return transformer.routes()


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/jira``."""
    return [receiver(options_of(settings))]
