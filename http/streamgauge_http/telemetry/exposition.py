"""The values as Prometheus reads them, in the format that it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from streamgauge_http.telemetry import described
from streamgauge_http.telemetry.counting import BUCKETS, Durations, Values
from streamgauge_http.telemetry.described import Described


class _Given(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def expose(values: Values, durations: Durations, accept: str) -> tuple[bytes, str]:
    """The answer and its media type: OpenMetrics where `accept` has it, else text 0.0.4.

    Every metric is there with its HELP and TYPE, whether it has a value or not.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(_metrics(values, durations)))
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


def _metrics(values: Values, durations: Durations) -> list[Metric]:
    found = []
    for each in described.METRICS:
        metric = Metric(each.name.removesuffix("_total"), each.help, each.kind)
        if each is described.DURATION:
            _add_durations(metric, durations)
        for labels, value in sorted(values.get(each.name, {}).items()):
            metric.add_sample(each.name, _named(each, labels), value)
        found.append(metric)
    return found


def _add_durations(metric: Metric, durations: Durations) -> None:
    for labels, (*counts, total) in sorted(durations.items()):
        named = _named(described.DURATION, labels)
        for bound, count in zip(_bounds(), accumulate(counts), strict=True):
            metric.add_sample(f"{metric.name}_bucket", {**named, "le": bound}, count)
        metric.add_sample(f"{metric.name}_count", named, sum(counts))
        metric.add_sample(f"{metric.name}_sum", named, total)


def _bounds() -> Iterator[str]:
    yield from map(str, BUCKETS)
    yield "+Inf"


def _named(metric: Described, labels: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(metric.labels, labels, strict=True))
