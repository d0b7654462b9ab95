"""Metrics: what they are, what they can be asked, and how an answer is read consistently."""

from streamgauge.metrics.items import Item, repository_name
from streamgauge.metrics.metric import Metric, MetricAnswer, MetricExplanation
from streamgauge.metrics.query import MetricQuery
from streamgauge.metrics.statistics import Statistic, mean, median, percentile
from streamgauge.metrics.summing import explained, summed
from streamgauge.metrics.teams import Teams
from streamgauge.projections.derived import Changed
from streamgauge.stages.builds import Definition

__all__ = [
    "Changed",
    "Definition",
    "Item",
    "Metric",
    "MetricAnswer",
    "MetricExplanation",
    "MetricQuery",
    "Statistic",
    "Teams",
    "explained",
    "mean",
    "median",
    "percentile",
    "repository_name",
    "summed",
]
