"""All the measures, one group after the other, each in databases of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from streamgauge.cli.console import say
from streamgauge.plugins import Plugins
from streamgauge.postgres.reach import database_url
from streamgauge.processors.worker import collect_garbage_less_often
from streamgauge.settings import Settings
from streamgauge_bench import (
    append,
    asking,
    grown,
    http_measures,
    metric,
    replaying,
    route,
    transforming,
    visible,
)
from streamgauge_bench.measured import Measured
from streamgauge_bench.scale import Lab, Scale


class Group(NamedTuple):
    """Measures that have their preparations in common."""

    says: str
    names: Sequence[str]
    measure: Callable[[Lab], list[Measured]]


GROUPS = (
    Group("appending", ("append_batch",), append.measure),
    Group("ingesting over HTTP", ("http_single", "http_batch"), http_measures.measure),
    Group("routing", ("route",), route.measure),
    Group("transforming payloads of every source", ("transform",), transforming.measure),
    Group("replaying facts", ("replay", "worker_rss_mb"), replaying.measure),
    Group("rebuilding a metric", ("metric_rebuild_s",), metric.measure),
    Group("waiting for events to be seen", ("visible_p99_ms",), visible.measure),
    Group("filling large logs and asking", ("query_p99_ms", "growth_ratio"), grown.measure),
    Group(
        "filling a large organisation and asking",
        ("organisation_p99_ms", "not_modified_p99_ms"),
        asking.measure,
    ),
)


def measure(settings: Settings, scale: Scale) -> Mapping[str, Measured]:
    """By name what was measured.

    Everything is as shipped; the settings say only where the server is.
    """
    found: dict[str, Measured] = {}
    collect_garbage_less_often()  # as the worker does
    with database_url(settings, say=say) as url:
        lab = Lab(url, Plugins(Settings()), scale)
        for group in GROUPS:
            say(group.says)
            found |= {measured.name: measured for measured in group.measure(lab)}
    return found
