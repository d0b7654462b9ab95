"""The bands of the default definition, as thresholds and in words."""

from __future__ import annotations

from collections.abc import Sequence
from math import nextafter
from typing import Final

from streamgauge_dora.bands import HOUR, Bands, Frequency, Level
from tests.grafana.making.parts import Json, step, words

DEFAULT: Final = Bands.named("2024")  # that of the definition dora2025; a test compares
COLORS: Final = {"elite": "green", "high": "blue", "medium": "yellow", "low": "orange"}
WORDS: Final = words({name: (name, color) for name, color in COLORS.items()})
"""The band in the answer, whatever the definition: a colour where it has one of these names."""
LESS_TO_TELL: Final = "text"
"""Below once a week the median week does not tell which band it is; the answer does."""


def steps(metric: str) -> list[Json]:
    """Grafana's steps, each from its value on. None of a metric without levels."""
    levels = DEFAULT.levels.get(metric, ())
    if not levels:
        return []
    if metric == "deployment_frequency":
        weekly = [level for level in levels if level.limit == "days_per_week"]
        by_limit = sorted(weekly, key=lambda level: level.at)
        return [step(LESS_TO_TELL, None), *(step(COLORS[each.name], each.at) for each in by_limit)]
    found: list[Json] = []
    for edge in [None, *sorted({_beyond(level) for level in levels if level.limit})]:
        color = COLORS[band(metric, edge or 0)]
        if not found or found[-1]["color"] != color:
            found.append(step(color, edge))
    return found


def band(metric: str, value: float) -> str:
    """The name of the band that a value reaches."""
    often = Frequency(value, None, None) if metric == "deployment_frequency" else value
    found = DEFAULT.of(metric, often)
    assert found is not None
    return found.name


def said(metric: str) -> str:
    """The levels in words, for a description."""
    levels = DEFAULT.levels.get(metric, ())
    if not levels:
        return "The reports have no levels of this one."
    return f"Levels of {DEFAULT.title}: {', '.join(_said(levels))}."


def _beyond(level: Level) -> float:
    """The first value that does not reach the level any more."""
    at = level.at * HOUR if level.limit and level.limit.endswith("hours") else level.at
    return at if level.limit and level.limit.startswith("less_than") else nextafter(at, 1)


def _said(levels: Sequence[Level]) -> list[str]:
    return [f"{level.name} {_limit(level)}" for level in levels]


def _limit(level: Level) -> str:
    if level.limit is None:
        return "the rest"
    name, at = level.limit, level.at
    if name == "less_than_hours":
        return f"< {at:g} h"
    if name in ("less_than", "at_most"):
        return f"{'<' if name == 'less_than' else '≤'} {100 * at:g} %"
    return f"≥ {at:g} {name.replace('_per_', ' a ').replace('days', 'day' if at == 1 else 'days')}"
