"""Jenkins: CloudEvents of builds in, CDEvents out. docs/plugins/jenkins.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import DeploymentTransformer
from streamgauge_jenkins.build import DONE
from streamgauge_jenkins.deployments import deployment_of
from streamgauge_jenkins.options import options_of
from streamgauge_jenkins.receiver import JenkinsReceiver
from streamgauge_jenkins.transformer import JenkinsTransformer

DEPLOYMENTS = "jenkins-deployments"


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One of the builds, and one of those that the settings call deployments."""
    options = options_of(settings)
    return [
        JenkinsTransformer(options),
        DeploymentTransformer(DEPLOYMENTS, lambda event: deployment_of(event, options)),
    ]


@hookimpl
def routes() -> dict[str, list[str]]:
    """The types of builds, wherever they come in; queues, nodes and edited jobs mean nothing."""
    return {
        event: [JenkinsTransformer.name, *([DEPLOYMENTS] if done == "finished" else [])]
        for event, done in DONE.items()
    }


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/jenkins``, and ``?instance=`` for the address of the Jenkins."""
    return [JenkinsReceiver(options_of(settings))]
