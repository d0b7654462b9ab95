"""How far a rollout has come, by the rules of ``kubectl rollout status`` and one more.

The additional rule is about nothing running: a workload that wants no pods is Idle, never
Complete. Its new image serves nobody; when it is scaled up, the rollout is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from streamgauge_kubernetes.accessors import at, instant, items, mapping, whole
from streamgauge_kubernetes.workload import Workload


class Phase(Enum):
    """How far the rollout of the present pod template has come."""

    MOVING = "moving"
    COMPLETE = "complete"
    IDLE = "idle"
    FAILED = "failed"


def phase(workload: Workload) -> Phase:
    """The phase that this state of the workload shows."""
    if workload.count("observedGeneration") < (workload.version.generation or 0):
        return Phase.MOVING  # the status is about an earlier spec
    if workload.identity.kind == "Deployment":
        return _deployment(workload)
    if workload.identity.kind == "StatefulSet":
        return _stateful_set(workload)
    return _daemon_set(workload)


def progressing(workload: Workload) -> Mapping[str, Any]:
    """A Deployment's condition Progressing; empty where there is none.

    There is none when progressDeadlineSeconds is the largest number, which switches it off.
    """
    for condition in items(workload.status.get("conditions")):
        if at(condition, "type") == "Progressing":
            return mapping(condition)
    return {}


def status_written(workload: Workload) -> datetime | None:
    """When the status was last written, as the newest managedFields entry for it says."""
    entries = items(at(workload.document, "metadata", "managedFields"))
    times = [
        moment
        for entry in entries
        if at(entry, "subresource") == "status" and (moment := instant(at(entry, "time")))
    ]
    return max(times, default=None)


def _deployment(workload: Workload) -> Phase:
    condition = progressing(workload)
    status, reason = condition.get("status"), condition.get("reason")
    if status == "False":
        return Phase.FAILED if reason == "ProgressDeadlineExceeded" else Phase.MOVING
    # Unknown is what a paused Deployment has. A paused one with a changed template counts no
    # updated replicas, so the numbers alone tell the truth about it.
    if status == "True" and reason != "NewReplicaSetAvailable":
        return Phase.MOVING
    wanted = _wanted(workload)
    updated, replicas = workload.count("updatedReplicas"), workload.count("replicas")
    if not updated == replicas == wanted == workload.count("availableReplicas"):
        return Phase.MOVING
    return Phase.COMPLETE if wanted else Phase.IDLE


def _stateful_set(workload: Workload) -> Phase:
    wanted, status = _wanted(workload), workload.status
    if not workload.count("readyReplicas") == workload.count("replicas") == wanted:
        return Phase.MOVING
    if at(workload.document, "spec", "updateStrategy", "type") == "OnDelete":
        # The controller never moves currentRevision here, however many pods were replaced.
        done = workload.count("updatedReplicas") == wanted
    else:
        # With a partition the revisions stay apart: a canary on some pods is no rollout yet.
        done = status.get("currentRevision") == status.get("updateRevision")
        done = done and whole(status.get("updatedReplicas")) in (None, wanted)
    if not done:
        return Phase.MOVING
    return Phase.COMPLETE if wanted else Phase.IDLE


def _daemon_set(workload: Workload) -> Phase:
    wanted = workload.count("desiredNumberScheduled")
    updated, available = (
        workload.count("updatedNumberScheduled"),
        workload.count("numberAvailable"),
    )
    if not updated == available == wanted:
        return Phase.MOVING
    return Phase.COMPLETE if wanted else Phase.IDLE


def _wanted(workload: Workload) -> int:
    replicas = whole(at(workload.document, "spec", "replicas"))
    return 1 if replicas is None else replicas
