"""Definitions: what a metric counts and where its bands begin, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

DEFAULT = "dora2025"


@dataclass(frozen=True, slots=True)
class FrequencyBand:
    """A level of deployment frequency: the least that reaches it. Neither means everything."""

    name: str
    days_per_week: float | None = None
    days_per_month: float | None = None


@dataclass(frozen=True, slots=True)
class FrequencyDefinition:
    """What deployment frequency counts, and its bands from the best down."""

    counts: Sequence[str]
    bands: Sequence[FrequencyBand]


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition file."""

    name: str
    title: str
    deployment_frequency: FrequencyDefinition


@cache
def load(name: str = DEFAULT) -> Definition:
    """The definition that ships with the package under this name."""
    text = files("streamgauge_dora").joinpath("definitions", f"{name}.toml").read_text("utf-8")
    return _read(tomllib.loads(text))


def _read(document: Mapping[str, Any]) -> Definition:
    frequency = document["deployment_frequency"]
    return Definition(
        name=document["name"],
        title=document["title"],
        deployment_frequency=FrequencyDefinition(
            counts=tuple(frequency["counts"]),
            bands=tuple(FrequencyBand(**band) for band in frequency["bands"]),
        ),
    )
