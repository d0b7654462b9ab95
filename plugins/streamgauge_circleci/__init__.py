"""CircleCI: webhooks in, CDEvents out. docs/plugins/circleci.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import DeploymentTransformer
from streamgauge_circleci.deployments import deployment_of
from streamgauge_circleci.options import options_of
from streamgauge_circleci.receiver import JOB, WORKFLOW, receiver
from streamgauge_circleci.transformer import CircleCITransformer

DEPLOYMENTS = "circleci-deployments"


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One of workflows and jobs, and one of the workflows that the settings call deployments."""
    options = options_of(settings)
    return [
        CircleCITransformer(),
        DeploymentTransformer(DEPLOYMENTS, lambda event: deployment_of(event, options.rule)),
    ]


@hookimpl
def routes() -> dict[str, list[str]]:
    """All that CircleCI sends."""
    return {
        JOB: [CircleCITransformer.name],
        WORKFLOW: [CircleCITransformer.name, DEPLOYMENTS],
    }


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/circleci``."""
    return [receiver(options_of(settings))]
