"""Metrics: what they are, what they can be asked, and how an answer is read consistently."""

from streamgauge.metrics.metric import Metric, MetricAnswer, MetricExplanation
from streamgauge.metrics.query import MetricQuery
from streamgauge.metrics.teams import Teams
from streamgauge.projections.derived import Changed

__all__ = ["Changed", "Metric", "MetricAnswer", "MetricExplanation", "MetricQuery", "Teams"]
