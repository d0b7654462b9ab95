"""The kinds of facts that a history is made of, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from streamgauge_demo.company import Service

Environment = Literal["production", "staging"]


@dataclass(frozen=True, slots=True)
class Change:
    """A pull request that was merged, and the build of what came out."""

    at: datetime
    """When it was merged."""
    service: Service
    number: int
    title: str
    author: str
    opened: datetime
    base: str
    """The main branch's commit when it was opened."""
    before: str
    """And when it was merged."""
    commit: str
    built: datetime
    attempts: int
    """How many times the build ran; only the last one succeeded."""
    hotfix: bool
    """Whether it mends what the release before it broke."""
    reverts: Change | None
    """The change that it takes back, and nothing else."""

    @property
    def version(self) -> str:
        """What its image and its release are called."""
        return f"1.{self.number}.0"


@dataclass(frozen=True, slots=True)
class Deployment:
    """One attempt to bring a change to an environment."""

    at: datetime
    """When it began."""
    ended: datetime
    service: Service
    environment: Environment
    number: int
    """Counts the service's deployments."""
    change: Change
    result: Literal["success", "failure", "rollback"]
    """A rollback succeeds too: it brings back the change that ran before a bad one. A failure
    leaves running what ran."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something broke for customers, and was mended."""

    at: datetime
    service: Service
    number: int
    title: str
    reporter: str
    resolved: datetime
    cause: Change | None
    """The change whose deployment did it, if it was one."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """The production workload was given another number of pods."""

    at: datetime
    service: Service
    replicas: int


@dataclass(frozen=True, slots=True)
class Flap:
    """A pod of the production workload was not ready for a moment."""

    at: datetime
    service: Service


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The staging workload was deleted, to be made anew."""

    at: datetime
    service: Service


Fact = Change | Deployment | Incident | Scaling | Flap | Rebuild
