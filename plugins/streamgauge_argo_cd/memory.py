"""What is remembered of one Application between two notifications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from streamgauge.hookspecs import State
from streamgauge.sources.fields import items, mapping, text, texts

REMEMBERED = 20
"""How many incidents are remembered, so that none that is over begins again; and how many
revisions, to know what is running when one of them comes back."""


@dataclass(slots=True)
class Memory:
    """A working copy of the state. `dump` gives it back as plain JSON."""

    app: Mapping[str, Any] = field(default_factory=dict)
    """The versions of the Application, as Deployments keeps them."""
    images: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Those of each image, by its repository."""
    listed: dict[str, list[str]] = field(default_factory=dict)
    """What was last listed of each repository: more than one while pods of before are there."""
    brought: dict[str, dict[str, str]] = field(default_factory=dict)
    """What each of the last revisions has brought of each repository, the newest one last."""
    finished: str | None = None
    """When the newest synchronisation was over of which the outcome was seen."""
    attempted: str | None = None
    """When the last one was over that has left the Application degraded."""
    healthy: str | None = None
    """Since when it was healthy when it was last seen to be."""
    incidents: list[list[str]] = field(default_factory=list)
    """When each began and ended, the open one without an end."""

    def dump(self) -> dict[str, Any]:
        """The state, with what is empty left out."""
        state = {
            "app": self.app,
            "images": self.images,
            "listed": self.listed,
            "brought": dict(list(self.brought.items())[-REMEMBERED:]),
            "finished": self.finished,
            "attempted": self.attempted,
            "healthy": self.healthy,
            "incidents": self.incidents[-REMEMBERED:],
        }
        return {name: value for name, value in state.items() if value}


def load(state: State | None) -> Memory:
    """The working copy of a state that `dump` made; None is an Application not heard of before."""
    return Memory(
        app=mapping(state, "app"),
        images=dict(mapping(state, "images")),
        listed={name: texts(each) for name, each in mapping(state, "listed").items()},
        brought={key: dict(mapping(each)) for key, each in mapping(state, "brought").items()},
        finished=text(state, "finished"),
        attempted=text(state, "attempted"),
        healthy=text(state, "healthy"),
        incidents=[texts(each) for each in items(state, "incidents")],
    )


def newest(history: Mapping[str, Any], among: Iterable[str]) -> str | None:
    """Which of some versions was deployed last."""
    wanted = set(among)
    versions = [each[1] for each in items(history, "deployments")]
    return next((version for version in reversed(versions) if version in wanted), None)
