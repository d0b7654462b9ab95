"""What durations come to, by the statistic that a definition chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from streamgauge_dora.asking.formula import Value, nothing
from streamgauge_dora.asking.items import Item, amounts_of
from streamgauge_dora.asking.statistics import (
    lower_median,
    mean,
    mean_of_means,
    median,
    median_of_medians,
)
from streamgauge_dora.defining.sections import Section

_Statistic = Callable[[Sequence[Item], Sequence[float]], float]

_STATISTICS: Final[Mapping[str, _Statistic]] = {
    "median": lambda _, amounts: median(amounts),
    "lower_median": lambda _, amounts: lower_median(amounts),
    "mean": lambda _, amounts: mean(amounts),
    # Of each day of each environment; and of each service: that is what `mark` has then.
    "median_of_days": lambda items, _: median_of_medians(
        ((item.mark, item.day), amount) for item in items for amount in item.amounts
    ),
    "mean_of_services": lambda items, _: mean_of_means(
        (item.mark, amount) for item in items for amount in item.amounts
    ),
}


def duration(items: Sequence[Item], section: Section, reason: str, **more: Any) -> Value:
    """The value of those items that have an amount; with median and mean beside it."""
    amounts = amounts_of(items)
    if not amounts:
        return nothing(section, 0, reason, median=None, mean=None, **more)
    statistic = _STATISTICS[section.text("statistic", "median")]
    value = statistic(items, amounts)
    found = {"median": median(amounts), "mean": mean(amounts), **more}
    return Value(value, len(amounts), more=found, measured=value)
