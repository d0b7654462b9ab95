"""The shapes of what the service answers in JSON, for whoever reads it in Python.

The client decodes into them and the OpenAPI document is made of them. Answers are open: there may
be members that are not here, of a plugin's metric above all. Times are RFC 3339 texts.
"""

from streamgauge.shapes.events import (
    ArchivedPayload,
    DeadLetter,
    DeadLetterPage,
    EventPage,
    Lineage,
    ListPage,
    RecordedEvent,
    ShownDeadLetter,
)
from streamgauge.shapes.metrics import (
    AsOf,
    Bucket,
    Choices,
    DeployFrequency,
    Explanation,
    Metric,
    MetricInfo,
    MetricList,
    Overview,
    OverviewMetric,
    Previous,
)
from streamgauge.shapes.service import (
    Health,
    Index,
    Plugin,
    PluginList,
    Problem,
    Replay,
    Routes,
    Stage,
    StageList,
)

__all__ = [
    "ArchivedPayload",
    "AsOf",
    "Bucket",
    "Choices",
    "DeadLetter",
    "DeadLetterPage",
    "DeployFrequency",
    "EventPage",
    "Explanation",
    "Health",
    "Index",
    "Lineage",
    "ListPage",
    "Metric",
    "MetricInfo",
    "MetricList",
    "Overview",
    "OverviewMetric",
    "Plugin",
    "PluginList",
    "Previous",
    "Problem",
    "RecordedEvent",
    "Replay",
    "Routes",
    "ShownDeadLetter",
    "Stage",
    "StageList",
]
