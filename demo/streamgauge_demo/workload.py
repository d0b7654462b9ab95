"""A Kubernetes Deployment as its controller writes it, one state after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, Literal

from streamgauge_demo.company import NAME, ORIGIN, Service
from streamgauge_demo.facts import Change
from streamgauge_demo.payloads import page
from streamgauge_demo.requests import guid, written

REGISTRY: Final = f"registry.{NAME}.example"

_START = datetime.combine(ORIGIN, time(), UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class State:
    """What differs between two sightings of one Deployment."""

    service: Service
    namespace: str
    uid: str
    created: datetime
    change: Change
    """What its pod template runs."""
    replicas: int
    generation: int = 1
    revision: int = 0
    """0 until the controller has seen it."""
    observed: int = 0
    updated: int = 0
    total: int = 0
    available: int = 0
    progress: tuple[str, str] | None = None
    """The condition Progressing: its status and its reason."""
    since: datetime = _START
    """When that condition was last written."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One event of the watch."""

    at: datetime
    operation: Literal["add", "update", "delete"]
    state: State

    def document(self) -> dict[str, Any]:
        """The object as it is sent."""
        return _document(self.state, self.at)


class Workload:
    """The Deployment of one service in one namespace; it may be deleted and made again."""

    def __init__(self, service: Service, namespace: str) -> None:
        self._service = service
        self._namespace = namespace
        self._state: State | None = None

    def roll_out(self, at: datetime, ended: datetime, change: Change) -> Iterator[Sighting]:
        """Make the Deployment, or change its image; the new pods come up."""
        yield from self._start(at, change)
        wanted = self._known.replicas
        half = at + (ended - at) / 2
        # The old pods go as the new ones come.
        yield self._status(half, updated=wanted, total=wanted + 1, available=wanted)
        yield self._settle(ended)

    def fail(self, at: datetime, ended: datetime, change: Change) -> Iterator[Sighting]:
        """Change its image; the new pods do not come up, and the change is undone."""
        before = self._known.change
        yield from self._start(at, change)
        yield self._status(ended, progress=("False", "ProgressDeadlineExceeded"), since=ended)
        undone = ended + timedelta(minutes=3)
        yield from self._start(undone, before)
        yield self._settle(undone + 6 * _SECOND)

    def scale(self, at: datetime, replicas: int) -> Iterator[Sighting]:
        """Want another number of pods, and get it. No rollout."""
        yield self._spec(at, replicas=replicas)
        present = min(replicas, self._known.available)
        yield self._status(at + _SECOND, updated=replicas, total=replicas, available=present)
        if present < replicas:
            yield self._status(at + 20 * _SECOND, available=replicas)

    def flap(self, at: datetime) -> Iterator[Sighting]:
        """A pod fails its readiness probe, and passes it again."""
        available = self._known.available
        yield self._status(at, available=available - 1)
        yield self._status(at + 30 * _SECOND, available=available)

    def delete(self, at: datetime) -> Sighting:
        """Remove it; the event carries its last state."""
        last = self._known
        self._state = None
        return Sighting(at, "delete", last)

    @property
    def _known(self) -> State:
        assert self._state is not None, "it was made before anything else happened to it"
        return self._state

    def _start(self, at: datetime, change: Change) -> Iterator[Sighting]:
        """Somebody writes the pod template, and the controller notices."""
        if self._state is None:
            uid = guid(self._namespace, self._service.name, at.isoformat())
            replicas = self._service.replicas
            self._state = State(self._service, self._namespace, uid, at, change, replicas)
            yield Sighting(at, "add", self._state)
        else:
            yield self._spec(at, change=change)
        yield self._status(
            at + _SECOND,
            revision=self._known.revision + 1,
            progress=("True", "NewReplicaSetCreated"),
            since=at + _SECOND,
            updated=0,
        )
        running = self._known.available
        yield self._status(
            at + 3 * _SECOND,
            progress=("True", "ReplicaSetUpdated"),
            since=at + 3 * _SECOND,
            updated=1,
            total=running + 1,
        )

    def _settle(self, at: datetime) -> Sighting:
        """All pods are of the new template."""
        wanted = self._known.replicas
        return self._status(
            at,
            updated=wanted,
            total=wanted,
            available=wanted,
            progress=("True", "NewReplicaSetAvailable"),
            since=at,
        )

    def _spec(self, at: datetime, **changed: Any) -> Sighting:
        """Somebody writes the spec; the status is still about the one before."""
        self._state = replace(self._known, generation=self._known.generation + 1, **changed)
        return Sighting(at, "update", self._state)

    def _status(self, at: datetime, **changed: Any) -> Sighting:
        """The controller writes the status, having seen the spec."""
        self._state = replace(self._known, observed=self._known.generation, **changed)
        return Sighting(at, "update", self._state)


def image(change: Change) -> str:
    """The image of a change, by tag and digest."""
    digest = hashlib.sha256(f"image {change.commit}".encode()).hexdigest()
    return f"{REGISTRY}/{change.service.name}:{change.version}@sha256:{digest}"


def _document(state: State, at: datetime) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": state.service.name}
    annotations = {"streamgauge.dev/service": state.service.full_name}
    if state.revision:
        annotations["deployment.kubernetes.io/revision"] = str(state.revision)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": state.service.name,
            "namespace": state.namespace,
            "uid": state.uid,
            # Grows with every write in the cluster, so that it grows with the time.
            "resourceVersion": str(1000 + 7 * int((at - _START).total_seconds())),
            "generation": state.generation,
            "creationTimestamp": written(state.created),
            "labels": labels,
            "annotations": annotations,
        },
        "spec": {
            "replicas": state.replicas,
            "selector": {"matchLabels": labels},
            "template": _template(state.change, labels),
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
            },
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        },
        "status": _status(state),
    }


def _template(change: Change, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "metadata": {
            "labels": {**labels, "app.kubernetes.io/version": change.version},
            "annotations": {
                "org.opencontainers.image.revision": change.commit,
                "org.opencontainers.image.source": page(change.service),
            },
        },
        "spec": {
            "containers": [
                {
                    "name": change.service.name,
                    "image": image(change),
                    "ports": [{"containerPort": 8080, "protocol": "TCP"}],
                }
            ]
        },
    }


def _status(state: State) -> dict[str, Any]:
    counts = {
        "observedGeneration": state.observed,
        "replicas": state.total,
        "updatedReplicas": state.updated,
        "readyReplicas": state.available,
        "availableReplicas": state.available,
        "unavailableReplicas": max(state.total - state.available, 0),
    }
    # The API server leaves out what is 0.
    status: dict[str, Any] = {name: count for name, count in counts.items() if count}
    if state.progress is not None:
        serving = state.available >= state.replicas
        status["conditions"] = [
            {
                "type": "Available",
                "status": "True" if serving else "False",
                "reason": "MinimumReplicasAvailable" if serving else "MinimumReplicasUnavailable",
            },
            {
                "type": "Progressing",
                "status": state.progress[0],
                "reason": state.progress[1],
                "lastUpdateTime": written(state.since),
            },
        ]
    return status
