"""Bands: which of a report's levels a value reaches. The levels are data, a file for each year.

The files are in ``levels/``; docs/reference/bands.md says where they are from, and how they are
read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import inf
from typing import Any

HOUR = 3600

_DURATION = ("less_than_hours", "at_most_hours")
_SHARE = ("less_than", "at_most")
# How many there are in half a year makes limits of frequency comparable with one another.
_FREQUENCY = {
    "days_per_week": 26,
    "days_per_month": 6,
    "days_per_half_year": 1,
    "deployments_per_day": 182,
}

LIMITS: Mapping[str, Sequence[str]] = {
    "deployment_frequency": tuple(_FREQUENCY),
    "change_lead_time": _DURATION,
    "change_fail_rate": _SHARE,
    "failed_deployment_recovery_time": _DURATION,
    "deployment_rework_rate": _SHARE,
}
"""Metric -> the limits that its levels may have."""


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often was deployed in a range.

    The first three are medians of the number of days with a deployment, over the whole weeks,
    months and half-years of the range; None where it holds no whole one. ``deployments_per_day``,
    the mean number of deployments, is for definitions that count those.
    """

    days_per_week: float | None
    days_per_month: float | None
    days_per_half_year: float | None
    deployments_per_day: float | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """The level that a value reaches, and what has to be known about that."""

    name: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A level of one metric. One without a limit is reached by everything.

    ``at`` is in the limit's unit: hours, a share from 0 to 1, days or deployments.
    """

    name: str
    limit: str | None = None
    at: float = 0
    note: str | None = None

    def reached_by(self, value: float | Frequency) -> bool | None:
        """Whether it is. None where the range was too short to tell."""
        if self.limit is None:
            return True
        if isinstance(value, Frequency):
            often: float | None = getattr(value, self.limit)
            return None if often is None else often >= self.at
        edge = self.at * HOUR if self.limit in _DURATION else self.at
        return value < edge if self.limit.startswith("less_than") else value <= edge


@dataclass(frozen=True, slots=True)
class Bands:
    """The levels of each metric, from the best to the worst, as a year's report has them."""

    name: str
    title: str
    source: str
    levels: Mapping[str, Sequence[Level]]

    @classmethod
    def names(cls) -> Sequence[str]:
        """The bands that ship: the reports' years."""
        folder = files("streamgauge_dora").joinpath("levels")
        return sorted(f.name.removesuffix(".toml") for f in folder.iterdir())

    @classmethod
    def named(cls, name: str) -> Bands:
        """Those that ship under this name. Raises ValueError, with the names there are."""
        if name not in cls.names():
            raise ValueError(f"there are no bands {name!r}; there are: {', '.join(cls.names())}")
        return _shipped(name)

    @classmethod
    def read(cls, document: Any) -> Bands:
        """Of a file's content, or of a part of a definition's: a text ``name``, ``title`` and
        ``source`` if wanted, and for each metric a list of levels.

        Raises ValueError that says what is wrong.
        """
        if not isinstance(document, Mapping):
            raise ValueError("bands must be a table")
        texts = {key: document.get(key, "") for key in ("name", "title", "source")}
        for key, text in texts.items():
            if not isinstance(text, str):
                raise ValueError(f"{key} must be a text")
        if not texts["name"]:
            raise ValueError("bands need a 'name'")
        if unknown := [str(key) for key in document if key not in texts and key not in LIMITS]:
            raise ValueError(
                f"there are no bands of {', '.join(sorted(unknown))}, but of {', '.join(LIMITS)}"
            )
        levels = {key: _levels(key, document[key]) for key in LIMITS if key in document}
        if not levels:
            raise ValueError(f"there must be levels of at least one of {', '.join(LIMITS)}")
        return cls(levels=levels, **texts)

    def document(self) -> dict[str, Any]:
        """As data again, such as a definition is stored with."""
        return {
            "name": self.name,
            "title": self.title,
            "source": self.source,
            **{
                metric: [_document(level) for level in levels]
                for metric, levels in self.levels.items()
            },
        }

    def of(self, metric: str, value: float | Frequency | None) -> Band | None:
        """The hardest level that the value reaches, whatever the order of the levels.

        A duration is in seconds, a rate a share from 0 to 1, a frequency a Frequency. None where
        there is no value, no level of this metric, or the range was too short to tell.
        """
        levels = self.levels.get(metric)
        if value is None or not levels:
            return None
        if isinstance(value, Frequency) != (metric == "deployment_frequency"):
            raise TypeError(f"{metric} is not told by a {type(value).__name__}")
        by_limit = sorted(levels, key=_hardest_first)  # equal ones stay as they are, best first
        for level in by_limit:
            reached = level.reached_by(value)
            if reached is None:
                return None
            if reached:
                return Band(level.name, self._note(level, in_order=by_limit == list(levels)))
        return None

    def _note(self, level: Level, in_order: bool) -> str | None:
        order = None if in_order else f"the levels of {self.name} are not in order on this metric"
        return "; ".join(note for note in (order, level.note) if note) or None


@cache
def _shipped(name: str) -> Bands:
    file = files("streamgauge_dora").joinpath("levels", f"{name}.toml")
    return Bands.read(tomllib.loads(file.read_text("utf-8")))


def _hardest_first(level: Level) -> tuple[float, bool]:
    if level.limit is None:
        return inf, True
    if level.limit in _FREQUENCY:
        return -level.at * _FREQUENCY[level.limit], False
    return level.at, not level.limit.startswith("less_than")


def _levels(metric: str, found: Any) -> Sequence[Level]:
    if not isinstance(found, list) or not found:
        raise ValueError(f"{metric} must be a list of levels")
    levels = tuple(_level(metric, level) for level in found)
    names = [level.name for level in levels]
    if len(set(names)) < len(names):
        raise ValueError(f"{metric}: two levels have one name")
    if sum(level.limit is None for level in levels) != 1:
        raise ValueError(f"{metric}: one level, the worst, and no other must be without a limit")
    return levels


def _level(metric: str, found: Any) -> Level:
    if not isinstance(found, Mapping) or not isinstance(found.get("name"), str):
        raise ValueError(f"{metric}: each level needs a text 'name'")
    name, note = found["name"], found.get("note")
    if note is not None and not isinstance(note, str):
        raise ValueError(f"{metric}, {name}: the note must be a text")
    limits = [str(key) for key in found if key not in ("name", "note")]
    if len(limits) > 1 or not set(limits) <= set(LIMITS[metric]):
        raise ValueError(f"{metric}, {name}: it may have one of {', '.join(LIMITS[metric])}")
    if not limits:
        return Level(name, note=note)
    at = found[limits[0]]
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at < inf:
        raise ValueError(f"{metric}, {name}: {limits[0]} must be a number from 0 up")
    return Level(name, limits[0], at, note)


def _document(level: Level) -> dict[str, Any]:
    found = {"name": level.name, level.limit: level.at, "note": level.note}
    return {key: value for key, value in found.items() if key is not None and value is not None}
