"""Tekton: CloudEvents of runs in, CDEvents out. docs/plugins/tekton.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import CloudEventsReceiver, DeploymentTransformer, SharedSecret
from streamgauge_tekton.deployments import deployment_of
from streamgauge_tekton.options import options_of
from streamgauge_tekton.transformer import TektonTransformer

DEPLOYMENTS = "tekton-deployments"


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One of what the runs say themselves, and one of those that the settings call deployments."""
    options = options_of(settings)
    return [
        TektonTransformer(options),
        DeploymentTransformer(DEPLOYMENTS, lambda event: deployment_of(event, options)),
    ]


@hookimpl
def routes() -> dict[str, list[str]]:
    """Tekton's own types, wherever they come in. What it calls unknown means nothing."""
    begun = ["queued", "started", "running"]
    table = {}
    for kind in ("pipelinerun", "taskrun", "customrun"):
        for done in begun:
            table[f"dev.tekton.event.{kind}.{done}.v1"] = [TektonTransformer.name]
        for done in ("successful", "failed"):
            table[f"dev.tekton.event.{kind}.{done}.v1"] = [TektonTransformer.name, DEPLOYMENTS]
    return table


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/tekton``, and ``?cluster=`` for the cluster's name."""
    # The header is what senders add that were set up for the Four Keys.
    check = SharedSecret(options_of(settings).secrets, ["tekton-secret"])
    return [CloudEventsReceiver("tekton", check, ["dev.tekton.event."], extensions=["cluster"])]
