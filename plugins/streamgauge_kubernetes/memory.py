"""What is remembered of one workload between two of its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streamgauge_kubernetes.workload import Version

HISTORY = 50
"""How many different images per container are remembered.

Going back to one that is further away looks like going to a new one.
"""


@dataclass(slots=True)
class Memory:
    """A working copy of the state. `dump` gives it back as plain JSON."""

    main: str | None = None
    """The container that the service is named after; see changes.py."""
    images: dict[str, list[str]] = field(default_factory=dict)
    """Per container the identities of the images rolled out, each once, the newest last."""
    settled: Version | None = None
    """The newest complete rollout that was seen. What is older comes too late to be told."""
    failed: Version | None = None
    """The newest failed rollout that was seen."""
    failed_since: str | None = None
    """When the condition that said so was written, as it says itself."""
    rollouts: int = 0
    """How many complete rollouts were announced."""
    idle: Version | None = None
    """The newest state since the last complete rollout in which it wanted no pods."""
    life: int = 0
    """How many workloads before this one had the same name; always 0 where there are uids."""
    gone: Version | None = None
    """How far it had come when it was deleted. Kept, or a late update would bring it back."""

    def has_settled_after(self, version: Version) -> bool:
        """Whether a newer complete rollout was seen than this version of the workload."""
        return self.settled is not None and version.older_than(self.settled)

    def was_idle_before(self, version: Version) -> bool:
        """Whether it wanted no pods between the last complete rollout and this version."""
        return self.idle is not None and not version.older_than(self.idle)

    def newest(self, container: str) -> str | None:
        """The image that the container runs, as far as is known."""
        return next(iter(reversed(self.images.get(container, []))), None)

    def remember(self, container: str, image: str) -> None:
        """Make `image` the newest of the container's."""
        history = [known for known in self.images.get(container, []) if known != image]
        self.images[container] = [*history, image][-HISTORY:]

    def dump(self) -> dict[str, Any]:
        """The state, with what is empty left out."""
        state = {
            "main": self.main,
            "images": self.images,
            "settled": _dump_version(self.settled),
            "failed": _dump_version(self.failed),
            "failed_since": self.failed_since,
            "rollouts": self.rollouts,
            "idle": _dump_version(self.idle),
            "life": self.life,
            "gone": _dump_version(self.gone),
        }
        return {name: value for name, value in state.items() if value}


def load(state: Mapping[str, Any] | None) -> Memory:
    """The working copy of a state that `dump` made; None is a workload not heard of before."""
    if state is None:
        return Memory()
    return Memory(
        main=state.get("main"),
        images={name: list(history) for name, history in state.get("images", {}).items()},
        settled=_load_version(state.get("settled")),
        failed=_load_version(state.get("failed")),
        failed_since=state.get("failed_since"),
        rollouts=state.get("rollouts", 0),
        idle=_load_version(state.get("idle")),
        life=state.get("life", 0),
        gone=_load_version(state.get("gone")),
    )


def _dump_version(version: Version | None) -> dict[str, Any] | None:
    if version is None:
        return None
    # As text: JSON readers may cut a resourceVersion to the 53 bits of a double.
    resource = None if version.resource is None else str(version.resource)
    return {
        "resourceVersion": resource,
        "generation": version.generation,
        "revision": version.revision,
    }


def _load_version(value: Mapping[str, Any] | None) -> Version | None:
    if value is None:
        return None
    resource = value["resourceVersion"]
    return Version(
        None if resource is None else int(resource), value["generation"], value["revision"]
    )
