"""Two metrics: how much a deployment ships, and how long pipelines run."""

from __future__ import annotations

from collections.abc import Sequence

from streamgauge import hookimpl
from streamgauge.metrics import Metric
from streamgauge.projections import Projection
from streamgauge.settings import Settings
from streamgauge_batch_size.batch_size import BatchSize
from streamgauge_batch_size.pipeline_duration import PipelineDuration
from streamgauge_batch_size.pipeline_runs import PipelineRuns


@hookimpl
def projections() -> Sequence[Projection]:
    """The facts of which `pipeline_duration` is made; those of `batch_size` are there already."""
    return [PipelineRuns()]


@hookimpl
def metrics(settings: Settings) -> Sequence[Metric]:
    """Both metrics."""
    return [BatchSize(settings.for_plugin("batch_size")), PipelineDuration()]
