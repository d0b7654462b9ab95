"""Asks a metric of a world's facts and links, without HTTP and stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamgauge.metrics import MetricQuery
from streamgauge.settings import Settings
from streamgauge_dora.defining import Definitions
from streamgauge_dora.metrics import DoraMetric, all_metrics
from tests.dora.world import World, at

SETTINGS = Settings.load({})
METRICS: Mapping[str, DoraMetric] = {
    metric.name: metric
    for metric in all_metrics(Definitions(SETTINGS))
    if isinstance(metric, DoraMetric)
}
PRESETS = sorted(Definitions(SETTINGS).names())


def query(**parameters: Any) -> MetricQuery:
    """A question; without a range it is the four weeks from the world's first Monday."""
    given = {
        "from": "2026-01-05",
        "to": "2026-02-02",
        **{key.rstrip("_"): value for key, value in parameters.items()},
    }
    texts = {
        key: value if isinstance(value, list) else [str(value)] for key, value in given.items()
    }
    return MetricQuery.parse(texts, now=at(10_000))


def ask(world: World, metric: str, **parameters: Any) -> dict[str, Any]:
    """The members of the answer."""
    asked = METRICS[metric]
    with world.database.snapshot() as cursor:
        answer = asked.answer(cursor, world.tables, query(**parameters), asked.definition())
    return dict(answer.result)
