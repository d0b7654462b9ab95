"""Spinnaker: echo's events and its CDEvents in, CDEvents out. docs/plugins/spinnaker.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.routing.settings import binding_of
from streamgauge.settings import Settings
from streamgauge.sources import DeploymentTransformer
from streamgauge_spinnaker.deployments import deployment_of
from streamgauge_spinnaker.options import options_of
from streamgauge_spinnaker.receiver import PREFIX, SpinnakerReceiver
from streamgauge_spinnaker.transformer import SpinnakerTransformer

DEPLOYMENTS = "spinnaker-deployments"


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One of pipelines and stages, and one of the stages that deploy."""
    options = options_of(settings)
    return [
        SpinnakerTransformer(options),
        DeploymentTransformer(DEPLOYMENTS, lambda event: deployment_of(event, options)),
    ]


@hookimpl
def routes() -> dict[str, list[str]]:
    """Pipelines and stages; echo also tells of tasks within stages, of builds and of much else."""
    table = {
        f"{PREFIX}orca.{thing}.{done}": [SpinnakerTransformer.name]
        for thing in ("pipeline", "stage")
        for done in ("starting", "complete", "failed")
    }
    for done in ("complete", "failed"):
        table[f"{PREFIX}orca.stage.{done}"].append(DEPLOYMENTS)
    return table


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/spinnaker``, and ``/spinnaker/<secret>`` for CDEvents, whose sender cuts the
    query off an address."""
    return [SpinnakerReceiver(options_of(settings), binding_of(settings))]
