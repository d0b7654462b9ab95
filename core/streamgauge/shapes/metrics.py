"""Of metrics: answers, and what they are made of."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct


class MetricInfo(Struct):
    """A metric that there is."""

    name: str
    title: str
    description: str
    unit: str
    projection: str
    href: str
    better: Literal["more", "less"] | None = None
    """Which change of its value is good news."""


class MetricList(Struct):
    """The metrics that there are."""

    items: list[MetricInfo]


class AsOf(Struct):
    """How far what an answer is made of was folded."""

    projection: str
    position: int
    """In the log of CDEvents."""


class Bucket(Struct):
    """A part of the range: a week, say."""

    start: str
    end: str
    whole: bool
    """Whether all of it is in the range."""
    value: float | None
    """None without data."""
    n: int
    """How many items it is made of."""
    reason: str | None = None
    """Why there is no value."""
    percentiles: dict[str, float | None] | None = None


class Previous(Struct, rename={"start": "from", "end": "to"}):
    """The same question of the range of the same length before."""

    start: str
    end: str
    value: float | None
    n: int


class Metric(Struct, rename={"start": "from", "end": "to"}):
    """A metric's answer. A group has the same members, and those it is grouped by."""

    metric: str
    definition: str
    unit: str
    start: str
    end: str
    interval: str
    tz: str
    as_of: AsOf
    value: float | None
    """That of the whole range, of all its items; None without data."""
    n: int
    """How many items it is made of."""
    buckets: list[Bucket]
    band: str | None = None
    reason: str | None = None
    """Why there is no value."""
    previous: Previous | None = None
    left_out: dict[str, int] | None = None
    """What does not count, by the reason."""
    percentiles: dict[str, float | None] | None = None
    groups: list[dict[str, Any]] | None = None


class OverviewMetric(Struct):
    """A metric's answer among others; `problem` is why it has none."""

    metric: str
    title: str
    description: str
    better: Literal["more", "less"] | None
    definition: str | None
    unit: str
    problem: str | None = None
    as_of: AsOf | None = None
    value: float | None = None
    n: int = 0
    band: str | None = None
    reason: str | None = None
    previous: Previous | None = None
    left_out: dict[str, int] | None = None
    buckets: list[Bucket] | None = None


class Choices(Struct):
    """What can be picked to filter by."""

    service: list[str]
    environment: list[str]
    repository: list[str]
    team: list[str]
    definition: list[str]
    complete: bool
    """Whether these are all."""


class Overview(Struct, rename={"start": "from", "end": "to"}):
    """The metrics that are shown first, all of one instant."""

    start: str
    end: str
    interval: str
    tz: str
    metrics: list[OverviewMetric]
    choices: Choices


class Explanation(Struct):
    """What an answer over a range is made of, a page of it."""

    metric: str
    definition: str
    value: float | None
    n: int
    total: int
    next: str | None
    items: list[dict[str, Any]]
    reasons: dict[str, str]


class DeployFrequency(Struct):
    """A bucket in the proof of concept's shape."""

    DeployName: str
    Deployments: int
    Time: str
