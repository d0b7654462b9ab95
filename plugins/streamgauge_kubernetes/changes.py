"""What a workload's new state means, given what is remembered of it.

Each container of the pod template is a service of its own, for each has its own image. One is the
main container, and the service that it runs carries the workload's name alone. It is chosen when
the workload is first heard of and stays the main one, so that a container added later does not
rename the service: the one that the annotation kubectl.kubernetes.io/default-container names, else
the one called like the workload, else the first.
"""

from __future__ import annotations

from dataclasses import dataclass

from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.sources.images import Image
from streamgauge_kubernetes.accessors import at, digits, text
from streamgauge_kubernetes.memory import Memory
from streamgauge_kubernetes.rollout import progressing
from streamgauge_kubernetes.workload import Workload

_DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to one container's service."""

    kind: str
    """As `streamgauge.cdevents.new` takes it."""
    container: str
    main: bool
    image: Image | None
    """None for a container that is gone."""
    occurrence: str
    """Tells this change from others of its kind in the container's life."""


def completed(workload: Workload, memory: Memory) -> list[Change]:
    """What a complete rollout changed; `memory` is brought up to date.

    Nothing where every container has the image it had: a restart, a resync, a scaling.
    """
    if memory.has_settled_after(workload.version):
        return []
    _settle_main(workload, memory)
    occurrence = _occurrence(workload, memory)
    changes = [
        Change(kind, container.name, container.name == memory.main, container.image, occurrence)
        for container in workload.containers
        if (kind := _rolled_out(memory.images.get(container.name, []), container.image.identity))
    ]
    present = {container.name for container in workload.containers}
    gone = sorted(name for name in memory.images if name not in present)
    changes += [
        Change("service.removed", name, name == memory.main, None, occurrence) for name in gone
    ]
    for container in workload.containers:
        memory.remember(container.name, container.image.identity)
    for name in gone:
        # Its service ended; should the container come back, its first rollout deploys it again.
        del memory.images[name]
    memory.main = memory.main if memory.main in present else None
    if memory.was_idle_before(workload.version):
        memory.idle = None
    memory.settled = workload.version
    memory.rollouts += bool(changes)
    return changes


def failed(workload: Workload, memory: Memory) -> list[Change]:
    """The containers whose new image did not come up; `memory` is brought up to date.

    The condition outlives the attempt that it is about: after ``kubectl rollout undo`` it still
    stands while the old template is back already. So an attempt counts once by its revision and
    once by the time of the condition, and an image that runs already cannot have failed.
    """
    version, since = workload.version, text(progressing(workload).get("lastUpdateTime"))
    if memory.has_settled_after(version):
        return []
    if memory.failed is not None and (
        version.older_than(memory.failed)
        or (since is not None and since == memory.failed_since)
        or _attempt(workload) == (memory.failed.revision or memory.failed.generation)
    ):
        return []
    memory.failed, memory.failed_since = version, since
    main = _main(workload, memory)
    before = memory.main or ""  # whose history is the new main container's, after a rename
    occurrence = _occurrence(workload, memory)
    changes = [
        Change(DEPLOYMENT_FAILED, name, name == main, container.image, occurrence)
        for container in workload.containers
        if memory.newest(before if (name := container.name) == main else name)
        != container.image.identity
    ]
    memory.main = memory.main or main
    return changes


def idled(workload: Workload, memory: Memory) -> None:
    """A rollout that left no pods tells nothing, but the next one has begun at it."""
    version = workload.version
    known = memory.idle is not None and version.older_than(memory.idle)
    if not known and not memory.has_settled_after(version):
        memory.idle = version


def removed(workload: Workload, memory: Memory, *, known: bool) -> list[Change]:
    """The services that ended with the workload; `memory` keeps only that it is gone.

    What was never deployed is not removed. Of a workload not heard of before (`known` is False)
    that is said by its last status: had it ready pods, then it was deployed before we listened.
    """
    images = {container.name: container.image for container in workload.containers}
    if not known and (workload.count("readyReplicas") or workload.count("numberReady")):
        memory.main = _main(workload, memory)
        names = list(images)
    else:
        names = sorted(memory.images)
    changes = [
        Change("service.removed", name, name == memory.main, images.get(name), "deletion")
        for name in names
    ]
    memory.gone = workload.version
    memory.main, memory.images = None, {}
    memory.settled = memory.idle = memory.failed = memory.failed_since = None
    return changes


def _rolled_out(history: list[str], image: str) -> str | None:
    if not history:
        return "service.deployed"
    if history[-1] == image:
        return None
    return "service.rolledback" if image in history else "service.upgraded"


def _occurrence(workload: Workload, memory: Memory) -> str:
    """The Deployment's revision, which is the same however much of the log was seen.

    The other kinds have none that grows, and a Deployment's can be overwritten by a manifest that
    was read back from a cluster; then it is the generation, else a count.
    """
    version = workload.version
    revision = digits(version.revision)
    last = digits(memory.settled.revision) if memory.settled is not None else None
    if workload.identity.kind == "Deployment" and revision is not None and revision > (last or 0):
        return f"revision/{revision}"
    if version.generation is not None:
        return f"generation/{version.generation}"
    return f"rollout/{memory.rollouts}"


def _attempt(workload: Workload) -> str | int | None:
    return workload.version.revision or workload.version.generation


def _main(workload: Workload, memory: Memory) -> str | None:
    """The main container of this pod template.

    Where the one we know is gone, a container not seen before takes its place, as after a rename:
    the service goes on. None where there is no such container.
    """
    names = [container.name for container in workload.containers]
    if memory.main in names:
        return memory.main
    unknown = [name for name in names if name not in memory.images]
    template = at(workload.document, "spec", "template", "metadata", "annotations")
    for preferred in (text(at(template, _DEFAULT_CONTAINER)), workload.identity.name):
        if preferred in unknown:
            return preferred
    return unknown[0] if unknown else None


def _settle_main(workload: Workload, memory: Memory) -> None:
    main = _main(workload, memory)
    if main is None:
        return
    if memory.main is not None and main != memory.main and memory.main in memory.images:
        memory.images[main] = memory.images.pop(memory.main)
    memory.main = main
