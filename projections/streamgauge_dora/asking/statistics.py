"""What many amounts come to. Each is exact, and the same in whatever order they are given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import ceil
from typing import Final

from streamgauge.metrics.ordered import in_order
from streamgauge.metrics.statistics import Statistic, mean, median, percentile

__all__ = [
    "Statistic",
    "lower_median",
    "mean",
    "mean_of_means",
    "median",
    "median_of_medians",
    "percentile",
    "rounded",
]


def lower_median(amounts: Sequence[float]) -> float:
    """The middle one, or the lower of two: PERCENTILE_DISC of SQL."""
    return in_order(amounts)[(len(amounts) - 1) // 2]


def mean_of_means(amounts: Iterable[tuple[Hashable, float]]) -> float:
    """The mean of the means of those that belong together."""
    return mean([mean(each) for each in _together(amounts)])


def median_of_medians(amounts: Iterable[tuple[Hashable, float]]) -> float:
    """The median of the medians of those that belong together."""
    return median([median(each) for each in _together(amounts)])


SIZES: Final = {"none": 0, "minutes_up": 60, "minutes_down": 60, "hours_down": 3600}
"""The seconds of what is rounded to; 0 for nothing."""


def rounded(seconds: float, how: str) -> float | None:
    """In whole minutes or hours, up or down, again in seconds; None where that is below zero.

    What is rounded up first is below zero only if a whole minute is missing.
    """
    size = SIZES[how]
    if size == 0:
        return seconds
    towards = ceil if how.endswith("up") else int
    found = float(towards(seconds / size) * size)
    return found if found >= 0 else None


def _together(amounts: Iterable[tuple[Hashable, float]]) -> list[list[float]]:
    piles: Mapping[Hashable, list[float]] = defaultdict(list)
    for key, amount in amounts:
        piles[key].append(amount)
    return list(piles.values())
