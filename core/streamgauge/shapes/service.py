"""Of the service itself: what is wrong, how far it is, and what is in it."""

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
