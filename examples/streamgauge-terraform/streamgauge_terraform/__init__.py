"""Terraform: run notifications in, CDEvents out, and how long applies wait for somebody."""

from __future__ import annotations

from collections.abc import Sequence

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.metrics import Metric
from streamgauge.projections import Projection
from streamgauge.settings import Settings
from streamgauge_terraform.applies import Applies
from streamgauge_terraform.apply_wait import ApplyWait
from streamgauge_terraform.deployments import TerraformDeployments
from streamgauge_terraform.receiver import ROUTE, receiver
from streamgauge_terraform.runs import TerraformRuns
from streamgauge_terraform.workspaces import Workspaces

hooks_version = "1.0"


@hookimpl
def receivers(settings: Settings) -> Sequence[Receiver]:
    """``/webhooks/terraform``."""
    return [receiver(settings)]


@hookimpl
def transformers(settings: Settings) -> Sequence[Transformer | StatefulTransformer]:
    """One of runs, and one of what they deploy."""
    workspaces = Workspaces.of(settings)
    return [TerraformRuns(workspaces), TerraformDeployments(workspaces)]


@hookimpl
def routes() -> dict[str, list[str]]:
    """Everything that a run goes through, to both."""
    return {ROUTE: [TerraformRuns.name, TerraformDeployments.name]}


@hookimpl
def projections() -> Sequence[Projection]:
    """The facts that `apply_wait` is made of."""
    return [Applies()]


@hookimpl
def metrics() -> Sequence[Metric]:
    """How long applies wait."""
    return [ApplyWait()]
