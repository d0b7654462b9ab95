"""What each measure is to be at least, on two shared cores at the sizes of ``--full``."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from streamgauge_bench.measured import Measured


class Target(NamedTuple):
    """What is asked of a measure."""

    text: str
    met: Callable[[Measured], bool]


def _rate(least: int, ratio: float = 0.0) -> Target:
    and_ratio = f" and {ratio}" if ratio else ""
    return Target(
        f"{least:,}{and_ratio}",
        lambda measured: measured.value >= least and measured.ratio >= ratio,
    )


def _below(most: float) -> Target:
    return Target(f"under {most:g}", lambda measured: measured.value < most)


TARGETS = {
    "append_batch": _rate(60_000, 0.4),
    "http_single": _rate(6_000),
    "http_batch": _rate(30_000),
    "route": _rate(10_000),
    "transform": _rate(10_000),
    "replay": _rate(150_000, 0.35),
    "metric_rebuild_s": _below(2),
    "visible_p99_ms": _below(100),
    "query_p99_ms": _below(20),
    "organisation_p99_ms": _below(20),
    "not_modified_p99_ms": _below(3),
    "growth_ratio": Target("within 1.3", lambda measured: measured.value <= 1.3),
    "worker_rss_mb": _below(250),
}
"""By measure, in the order in which they are shown."""


def missed(measured: Measured) -> bool:
    """Whether the measure, or something that it has noted, is not what was asked."""
    met = TARGETS[measured.name].met(measured)
    return not met or any(note.missed for note in measured.notes)
