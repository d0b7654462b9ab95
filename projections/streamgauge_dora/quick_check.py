"""DORA's Quick Check of 2025: scores from 0 to 10 of five answers, and what the industry has.

The report of 2025 has no levels any more. The check asks five questions: for three metrics the
answer is one of six categories, numbered from 1 to 6, of which 6 is best; for the two rates it is a
percentage. Here what was measured answers. docs/reference/bands.md has the questions and figures.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import fmean
from typing import Any

from streamgauge_dora.bands import Bands, Frequency

THROUGHPUT = ("change_lead_time", "deployment_frequency", "failed_deployment_recovery_time")
STABILITY = ("change_fail_rate", "deployment_rework_rate")
METRICS = (*THROUGHPUT, *STABILITY)
CATEGORIES = range(1, 7)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What all industries have: the mean score and its standard deviation, None where unknown."""

    mean: float
    deviation: float | None = None


def benchmarks() -> Mapping[str, Benchmark]:
    """Of each of METRICS, and of ``throughput``, ``stability`` and ``overall``."""
    return {name: Benchmark(**figures) for name, figures in _file()["benchmarks"].items()}


def answer(metric: str, value: float | Frequency | None) -> float | None:
    """What a measured value answers: the number of a category, or a percentage.

    Values are as Bands.of takes them: seconds, a Frequency, or a share from 0 to 1. A share above
    1, which some definitions can have, is 100 %. None where there is no value, or the range was too
    short to tell; ValueError for a metric that is not asked for.
    """
    _refuse_unknown(metric)
    if value is None:
        return None
    if metric in STABILITY:
        assert not isinstance(value, Frequency)
        return min(100.0 * value, 100.0)
    categories = _categories()
    band = categories.of(metric, value)
    names = [level.name for level in categories.levels[metric]]
    return None if band is None else CATEGORIES[-1] - names.index(band.name)


def score(metric: str, answered: float | None) -> float | None:
    """From 0 to 10, of which 10 is best: 0, 2 ... 10 for the categories, or 10 less a tenth of a
    percentage.

    None where nothing was answered; ValueError for what cannot be an answer.
    """
    _refuse_unknown(metric)
    if answered is None:
        return None
    if metric in STABILITY:
        if not 0 <= answered <= 100:
            raise ValueError(f"{metric} must be a percentage from 0 to 100, not {answered}")
        return 10 - answered / 10
    if answered not in CATEGORIES:
        raise ValueError(f"{metric} must be a category from 1 to 6, not {answered}")
    return 2.0 * (answered - 1)


def scores(answers: Mapping[str, float | None]) -> Mapping[str, float | None]:
    """The scores of all METRICS, and the means of those that were answered: of ``throughput``,
    ``stability`` and ``overall``.

    None where nothing was answered. Raises ValueError as ``score`` does.
    """
    for metric in answers:
        _refuse_unknown(metric)
    found = {metric: score(metric, answers.get(metric)) for metric in METRICS}
    return {
        **found,
        "throughput": _mean([found[metric] for metric in THROUGHPUT]),
        "stability": _mean([found[metric] for metric in STABILITY]),
        "overall": _mean(list(found.values())),
    }


def _mean(found: Sequence[float | None]) -> float | None:
    answered = [score for score in found if score is not None]
    return fmean(answered) if answered else None


def _refuse_unknown(metric: str) -> None:
    if metric not in METRICS:
        raise ValueError(f"the check does not ask for {metric}, but for {', '.join(METRICS)}")


@cache
def _categories() -> Bands:
    return Bands.read(_file()["answers"])


@cache
def _file() -> Mapping[str, Any]:
    file = files("streamgauge_dora").joinpath("benchmarks", "2025.toml")
    return tomllib.loads(file.read_text("utf-8"))
