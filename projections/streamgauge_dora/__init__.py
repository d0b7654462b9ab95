"""The DORA metrics that ship with Streamgauge: facts from CDEvents, and queries over them."""

from __future__ import annotations

from collections.abc import Sequence

from streamgauge import hookimpl
from streamgauge.metrics import Metric
from streamgauge.projections import Projection
from streamgauge.settings import Settings
from streamgauge_dora.definition import Definitions
from streamgauge_dora.deployment_frequency import DeploymentFrequency
from streamgauge_dora.facts import Delivery


@hookimpl
def projections() -> Sequence[Projection]:
    """The fact tables."""
    return [Delivery()]


@hookimpl
def metrics(settings: Settings) -> Sequence[Metric]:
    """The metrics over them."""
    return [DeploymentFrequency(Definitions(settings))]
