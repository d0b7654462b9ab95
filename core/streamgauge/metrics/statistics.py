"""What many amounts come to. Each is exact, and the same in whatever order they are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor

from streamgauge.metrics.ordered import in_order, total

Statistic = Callable[[Sequence[float]], float]
"""Of at least one amount."""


def percentile(amounts: Sequence[float], part: float) -> float:
    """The value below which `part` percent of them lie, interpolated between two neighbours:
    PERCENTILE_CONT of SQL. There must be at least one."""
    ordered = in_order(amounts)
    place = part / 100 * (len(ordered) - 1)
    below = floor(place)
    first = ordered[below]
    if place == below:
        return first
    return first + (ordered[below + 1] - first) * (place - below)


def median(amounts: Sequence[float]) -> float:
    """The middle one, or the middle between two."""
    return percentile(amounts, 50)


def mean(amounts: Sequence[float]) -> float:
    """The sum, exactly rounded, through their number: of ones and noughts, the share of ones."""
    return total(amounts) / len(amounts)
