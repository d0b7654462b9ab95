"""A Deployment's life as the API server and the deployment controller would write it.

The simulation knows what really happened, and says so in `truth`; each state of the object that a
watch would see is in `log`. It shares no code with the plugin.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tests.plugins.kubernetes.builders import deployment

START = datetime(2026, 1, 1, tzinfo=UTC)


class Sighting(NamedTuple):
    """One event of the watch."""

    operation: str
    object: dict[str, Any]
    decisive: bool
    """False for what may be lost without anything untold: the event says nothing new."""


class Fact(NamedTuple):
    """One thing that happened."""

    what: str
    subject: str
    revision: str
    image: str | None


@dataclass
class Life:
    """The Deployment shop/web, which may be deleted and made again."""

    log: list[Sighting] = field(default_factory=list, repr=False)
    truth: list[Fact] = field(default_factory=list)
    images: dict[str, str] = field(default_factory=lambda: {"web": image(0)})
    replicas: int = 2
    lives: int = 0
    alive: bool = False
    _writes: int = 0
    _restarts: int = 0
    _stuck: bool = False

    def create(self) -> None:
        """Make it, under a new uid."""
        self.lives += 1
        self.alive, self._uid = True, f"uid-{self.lives}"
        self._generation, self._revision, self._observed = 1, 1, 0
        self._templates: dict[str, int] = {}
        self._history: dict[str, list[str]] = {}
        self._condition = ("True", "NewReplicaSetCreated", self._now())
        self._numbers(0, 0, 0)
        self._emit("add")
        self._roll()

    def delete(self) -> None:
        """Remove it and all that it runs."""
        for container in sorted(self._history):
            self._happened("removed", container, self.images.get(container))
        self._emit("delete", decisive=True)
        self.alive = False

    def change(self, container: str, number: int, outcome: str) -> None:
        """Give a container another image, which comes up, fails, or fails and comes up late."""
        if self.images.get(container) == image(number):
            return
        self.images[container] = image(number)
        self._changed_template(outcome)

    def drop_proxy(self) -> None:
        """Take the second container out."""
        if self.images.pop("proxy", None) is not None:
            self._changed_template("succeeds")

    def restart(self) -> None:
        """What kubectl rollout restart does: the same images in a new template."""
        self._restarts += 1
        self._changed_template("succeeds")

    def scale(self, replicas: int) -> None:
        """Want another number of pods. While a rollout is stuck it stays stuck."""
        if replicas == self.replicas:
            return
        self.replicas = replicas
        self._generation += 1
        self._emit("update")
        self._observed = self._generation
        if self._stuck:
            if replicas == 0:
                self._numbers(0, 0, 0)
                self._settle()
            else:
                self._emit("update")
            return
        self._numbers(self._updated, self._updated, min(self._available, replicas))
        self._emit("update")
        self._numbers(replicas, replicas, replicas)
        self._served()
        self._emit("update", decisive=True)

    def flap(self) -> None:
        """A pod becomes unready and ready again."""
        before = self._updated, self._total, self._available
        self._numbers(self._updated, self._total, max(self._available - 1, 0))
        self._emit("update")
        self._numbers(*before)
        self._emit("update")

    def annotate(self) -> None:
        """A write that changes nothing."""
        self._emit("update")

    def recover(self) -> None:
        """A stuck rollout comes up after all."""
        if self._stuck:
            self._settle()

    def _changed_template(self, outcome: str) -> None:
        self._generation += 1
        self._emit("update")
        self._roll(outcome)

    def _roll(self, outcome: str = "succeeds") -> None:
        self._observed = self._generation
        template = repr((self.images, self._restarts))
        if template not in self._templates:
            self._condition = ("True", "NewReplicaSetCreated", self._now())
        # Else the ReplicaSet is there already, and the condition stands until there is progress.
        self._revision = max(self._templates.values(), default=0) + 1
        self._templates[template] = self._revision
        wanted = self.replicas
        if wanted:
            self._numbers(1, wanted + 1, wanted if self._history else 0)
            self._emit("update")
            self._condition = ("True", "ReplicaSetUpdated", self._now())
            self._emit("update")
        if wanted and outcome != "succeeds":
            self._fail()
            if outcome == "fails":
                return
        self._settle()

    def _fail(self) -> None:
        self._stuck = True
        self._condition = ("False", "ProgressDeadlineExceeded", self._now())
        for container, reference in self.images.items():
            if self._history.get(container, [])[-1:] != [reference]:
                self._happened("failed", container, reference)
        self._emit("update", decisive=True)

    def _settle(self) -> None:
        self._stuck = False
        self._numbers(self.replicas, self.replicas, self.replicas)
        self._condition = ("True", "NewReplicaSetAvailable", self._now())
        self._served()
        self._emit("update", decisive=True)

    def _served(self) -> None:
        """Note what runs now, if anything does."""
        if not self.replicas:
            return
        for container, reference in self.images.items():
            history = self._history.setdefault(container, [])
            if not history:
                self._happened("deployed", container, reference)
            elif history[-1] == reference:
                continue
            elif reference in history:
                self._happened("rolledback", container, reference)
            else:
                self._happened("upgraded", container, reference)
            history.append(reference)
        for container in sorted(set(self._history) - set(self.images)):
            self._happened("removed", container, None)
            del self._history[container]

    def _happened(self, what: str, container: str, reference: str | None) -> None:
        subject = "/shop/web" if container == "web" else f"/shop/web/{container}"
        self.truth.append(Fact(what, subject, str(self._revision), reference))

    def _numbers(self, updated: int, total: int, available: int) -> None:
        self._updated, self._total, self._available = updated, total, available

    def _now(self) -> str:
        return (START + timedelta(minutes=self._writes)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _emit(self, operation: str, *, decisive: bool = False) -> None:
        self._writes += 1
        written = deployment(
            self.images,
            replicas=self.replicas,
            updated=self._updated,
            total=self._total,
            available=self._available,
            generation=self._generation,
            observed=self._observed,
            revision=self._revision,
            progressing=self._condition,
            uid=self._uid,
            version=self._writes + 95,  # from two digits to three, where text would sort wrongly
        )
        self.log.append(Sighting(operation, copy.deepcopy(written), decisive))


def image(number: int) -> str:
    """One of the images; the odd ones have no digest."""
    digest = "" if number % 2 else f"@sha256:{number:064x}"
    return f"registry.example/web:{number}{digest}"
