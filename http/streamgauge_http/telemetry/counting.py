"""What a process has counted: plain dicts, since every event pays for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from resource import RUSAGE_SELF, getpagesize, getrusage

from streamgauge_http.telemetry import described
from streamgauge_http.telemetry.described import Described

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the durations, in seconds."""

Labels = tuple[str, ...]
Values = dict[str, dict[Labels, float]]
"""Of each metric, by its name, the value for each set of labels."""
Durations = dict[Labels, list[float]]
"""For each set of labels how many were in each bucket, in the one above all, and their sum."""
Measures = Callable[[], Mapping[Described, Mapping[Labels, float]]]


class Counted:
    """The counters of one process, which only rise, and what is measured when it is asked for."""

    def __init__(self) -> None:
        # From 0 on: a counter that appears with its first event hides that event from `rate`.
        self.totals: Values = {
            described.EVENTS.name: {(each,): 0 for each in ("accepted", "duplicate", "conflict")},
            described.DELIVERIES.name: {("taken",): 0},
        }
        self.durations: Durations = {}
        self._measures: list[Measures] = [_of_the_process]

    def add(self, metric: Described, label: str, amount: float) -> None:
        """Raise a counter of one label."""
        values = self.totals.get(metric.name)
        if values is None:
            values = self.totals[metric.name] = {}
        values[label,] = values.get((label,), 0) + amount

    def durations_of(self, labels: Labels) -> list[float]:
        """How long requests took: how many are in each of BUCKETS (with `bisect_left`), in the one
        above all, and the sum of their seconds. Who has it counts in it."""
        return self.durations.setdefault(labels, [0] * (len(BUCKETS) + 2))

    def measure(self, measures: Measures) -> None:
        """Have these gauges be part of what `gauges` gives."""
        self._measures.append(measures)

    def gauges(self) -> Values:
        """What is so just now."""
        return {
            metric.name: dict(values)
            for measures in self._measures
            for metric, values in measures().items()
        }

    def counters(self) -> Values:
        """What has been counted, the time of the processor with it."""
        used = getrusage(RUSAGE_SELF)
        return {**self.totals, described.CPU.name: {(): used.ru_utime + used.ru_stime}}


def add_up(many: Iterable[Values]) -> Values:
    """The sums."""
    found: Values = {}
    for values in many:
        for name, samples in values.items():
            sums = found.setdefault(name, {})
            for labels, value in samples.items():
                sums[labels] = sums.get(labels, 0) + value
    return found


def add_up_durations(many: Iterable[Durations]) -> Durations:
    """The sums."""
    found: Durations = {}
    for durations in many:
        for labels, counts in durations.items():
            known = found.get(labels) or [0] * len(counts)
            found[labels] = [a + b for a, b in zip(known, counts, strict=True)]
    return found


def _of_the_process() -> dict[Described, dict[Labels, float]]:
    found: dict[Described, dict[Labels, float]] = {described.PROCESSES: {(): 1}}
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        found[described.MEMORY] = {(): pages * getpagesize()}
        found[described.FILES] = {(): sum(1 for _ in Path("/proc/self/fd").iterdir())}
    except OSError:  # not Linux: the platform has to tell
        pass
    return found
