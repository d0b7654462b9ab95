"""The shapes of what the service answers in JSON, for whoever reads it in Python.

The client decodes into them and the OpenAPI document is made of them. Answers are open: there may
be members that are not here, of a plugin's metric above all. Times are RFC 3339 texts.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct


class Problem(Struct):
    """Why a request was not answered as it was asked (RFC 9457)."""

    type: str
    """``/problems/<slug>``, which keeps its meaning."""
    title: str
    status: int
    detail: str
    """What is wrong, and what to do."""
    where: str | None = None
    """The place: an attribute, a header, a parameter, a JSON pointer."""
    allowed: list[str] | None = None
    request_id: str | None = None
    """What the service's log calls the request."""


class Health(Struct):
    """Whether the service lives, or serves."""

    status: Literal["alive", "ready"]


class Index(Struct):
    """What is here."""

    name: str
    version: str
    paths: dict[str, str]


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


class ArchivedPayload(Struct):
    """What is known of an event whose payload is in an archive."""

    file: str
    bytes: int
    sha256: str
    source: str
    id: str


class RecordedEvent(Struct):
    """An event in one of the logs."""

    position: int
    id: str
    """A UUID made of its source and id."""
    recorded_at: str
    event: dict[str, Any] | None
    """As it was recorded; None where it is archived."""
    archived: ArchivedPayload | None = None


class EventPage(Struct):
    """A page of a log."""

    items: list[RecordedEvent]
    next: str | None
    """The address of the next page; None at the end."""


class ListPage(Struct):
    """A page of a list; each item has an `id`."""

    items: list[dict[str, Any]]
    next: str | None
    as_of: AsOf


class Lineage(Struct):
    """The events that something is made of."""

    id: str
    what: list[str]
    events: list[dict[str, Any]]
    dead_letters: list[dict[str, Any]]
    left_out: dict[str, str]
    truncated: bool


class Stage(Struct):
    """How far a stage is: the log of CDEvents, a projection, derived facts or a metric."""

    name: str
    reads: str
    build: int | None
    version: int | None
    definition: str | None
    replay_due: str | None
    definition_error: str | None
    position: int
    head: int
    lag: int
    lag_seconds: float
    rate: float
    holder: str | None
    parked: int
    blocked: str | None
    replay: dict[str, Any] | None


class StageList(Struct):
    """All stages, each after what it reads."""

    items: list[Stage]


class Replay(Struct):
    """A replay, and how it stands."""

    replay_id: int
    stage: str
    action: Literal["replay", "compare", "rollback"]
    asked_by: str
    state: Literal["queued", "running", "done", "failed", "interrupted"]
    step: str | None
    position: int | None
    head: int | None
    result: dict[str, Any] | None
    error: str | None
    asked_at: str
    changed_at: str


class DeployFrequency(Struct):
    """A bucket in the proof of concept's shape."""

    DeployName: str
    Deployments: int
    Time: str


class DeadLetter(Struct):
    """An event that a transformer or a projection could not handle."""

    id: str
    tenant: str
    stage: str
    build: int
    handler: str
    handler_version: str
    position: int
    """In the log that the stage reads."""
    event_source: str
    event_id: str
    event_type: str
    reason: str
    attempts: int
    state: Literal["parked", "waiting", "queued", "blocking", "done", "skipped"]
    parked_at: str
    changed_at: str


class ShownDeadLetter(DeadLetter):
    """The same, with its event."""

    event: dict[str, Any] | None
    """As its log has it; None where the log is gone, and where it is archived."""
    archived: ArchivedPayload | None = None


class DeadLetterPage(Struct):
    """A page of dead letters."""

    items: list[DeadLetter]
    next: str | None


class Plugin(Struct):
    """A plugin, and what went wrong with it."""

    name: str
    distribution: str
    version: str
    error: str | None
    warnings: list[str]
    brings: dict[str, list[str]]
    """The names of what it brought, by hook."""


class PluginList(Struct):
    """The plugins that there are."""

    items: list[Plugin]


class Routes(Struct):
    """Which events go where."""

    routes: dict[str, list[str]]
    """The transformers, or functions' URLs, by the event type or its beginning."""
    rules: list[dict[str, Any]]
    """As they are written."""
    error: str | None
    """Why the table cannot be read; the rest is what was read last then."""
