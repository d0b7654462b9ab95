"""Metrics: what they are, what they can be asked, and how an answer is read consistently."""

from streamgauge.metrics.metric import Changed, Metric, MetricAnswer
from streamgauge.metrics.query import MetricQuery
from streamgauge.metrics.teams import Teams

__all__ = ["Changed", "Metric", "MetricAnswer", "MetricQuery", "Teams"]
