"""Objects as an API server would write them, the events that carry them, and the log's fold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from streamgauge import CDEvent, CloudEvent, new_event
from streamgauge.cdevents import validate
from streamgauge.cloudevents import to_sdk
from streamgauge.settings import Settings
from streamgauge_kubernetes import transformers
from streamgauge_kubernetes.transformer import KubernetesTransformer

A = "registry.example/team/web:1.0@sha256:" + "a" * 64
B = "registry.example/team/web:1.1@sha256:" + "b" * 64
C = "registry.example/team/web:1.2@sha256:" + "c" * 64
PROXY = "envoyproxy/envoy:v1.31"
SOURCE = "https://10.96.0.1:443"
UID = "6d9a3c52-0d0e-4a51-9e0b-6c3f5a3f1b10"
SENT = "2026-03-01T12:00:00Z"
RECORDED = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
AVAILABLE = ("True", "NewReplicaSetAvailable", "2026-03-01T11:59:00Z")
EXCEEDED = ("False", "ProgressDeadlineExceeded", "2026-03-01T11:59:30Z")

Object = dict[str, Any]


def workload(
    kind: str,
    images: str | Mapping[str, str],
    *,
    name: str = "web",
    namespace: str = "shop",
    uid: str | None = UID,
    version: int | None = None,
    generation: int = 1,
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    template_annotations: Mapping[str, str] | None = None,
    status_time: str | None = None,
    spec: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
) -> Object:
    """The parts that all three kinds share; what is None is absent."""
    if isinstance(images, str):
        images = {"web": images}
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": uid,
        "resourceVersion": None if version is None else str(version),
        "generation": generation,
        "creationTimestamp": "2026-02-01T08:00:00Z",
        "annotations": annotations,
        "labels": labels,
        "managedFields": [
            {"manager": "kubectl", "operation": "Update", "time": "2026-03-01T11:00:00Z"},
            {
                "manager": "kube-controller-manager",
                "operation": "Update",
                "subresource": "status",
                "time": status_time,
            },
        ]
        if status_time
        else None,
    }
    template = {
        "metadata": {"annotations": dict(template_annotations or {})},
        "spec": {
            "initContainers": [{"name": "migrate", "image": "registry.example/migrate:1"}],
            "containers": [{"name": each, "image": image} for each, image in images.items()],
        },
    }
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {key: value for key, value in metadata.items() if value is not None},
        "spec": {"template": template, **(spec or {})},
        "status": dict(status or {}),
    }


def deployment(
    images: str | Mapping[str, str] = A,
    *,
    replicas: int | None = 2,
    updated: int | None = None,
    total: int | None = None,
    available: int | None = None,
    generation: int = 1,
    observed: int | None = None,
    revision: int | None = 1,
    progressing: tuple[str, str, str] | None = AVAILABLE,
    annotations: Mapping[str, str] | None = None,
    paused: bool = False,
    **rest: Any,
) -> Object:
    """A Deployment that is rolled out; arguments say in what it is not."""
    wanted = 1 if replicas is None else replicas
    counts = {
        "observedGeneration": generation if observed is None else observed,
        "updatedReplicas": wanted if updated is None else updated,
        "replicas": wanted if total is None else total,
        "availableReplicas": wanted if available is None else available,
        "readyReplicas": wanted if available is None else available,
    }
    status: dict[str, Any] = {key: value for key, value in counts.items() if value}
    if progressing is not None:
        condition, reason, time = progressing
        status["conditions"] = [
            {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
            {
                "type": "Progressing",
                "status": condition,
                "reason": reason,
                "lastUpdateTime": time,
                "lastTransitionTime": "2026-02-01T08:00:10Z",
            },
        ]
    notes = dict(annotations or {})
    if revision is not None:
        notes["deployment.kubernetes.io/revision"] = str(revision)
    spec: dict[str, Any] = {} if replicas is None else {"replicas": replicas}
    if paused:
        spec["paused"] = True
    return workload(
        "Deployment",
        images,
        generation=generation,
        annotations=notes,
        spec=spec,
        status=status,
        **rest,
    )


def stateful_set(
    images: str | Mapping[str, str] = A,
    *,
    replicas: int | None = 3,
    current: str | None = "web-1a",
    update: str | None = "web-1a",
    generation: int = 1,
    strategy: Mapping[str, Any] | None = None,
    counts: Mapping[str, Any] | None = None,
    **rest: Any,
) -> Object:
    """A StatefulSet that is rolled out; `counts` overrides parts of its status."""
    wanted = 1 if replicas is None else replicas
    status = {
        "observedGeneration": generation,
        "replicas": wanted,
        "readyReplicas": wanted,
        "updatedReplicas": wanted,
        "currentRevision": current,
        "updateRevision": update,
        **(counts or {}),
    }
    spec: dict[str, Any] = {"updateStrategy": strategy or {"type": "RollingUpdate"}}
    if replicas is not None:
        spec["replicas"] = replicas
    return workload(
        "StatefulSet", images, generation=generation, spec=spec, status=_dense(status), **rest
    )


def daemon_set(
    images: str | Mapping[str, str] = A,
    *,
    desired: int = 4,
    updated: int | None = None,
    available: int | None = None,
    generation: int = 1,
    **rest: Any,
) -> Object:
    """A DaemonSet that is rolled out; arguments say in what it is not."""
    status = {
        "observedGeneration": generation,
        "desiredNumberScheduled": desired,
        "updatedNumberScheduled": desired if updated is None else updated,
        "numberAvailable": desired if available is None else available,
        "numberReady": desired if available is None else available,
    }
    return workload("DaemonSet", images, generation=generation, status=_dense(status), **rest)


def scaling(
    message: str,
    *,
    time: str | None = "2026-03-01T12:00:00Z",
    uid: str | None = None,
    count: int = 1,
    involved: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Object:
    """A core/v1 Event of the deployment controller about the Deployment shop/web."""
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"web.{uid or message}", "namespace": "shop", "uid": uid},
        "involvedObject": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": "web",
            "namespace": "shop",
            "uid": UID,
            **(involved or {}),
        },
        "reason": "ScalingReplicaSet",
        "message": message,
        "count": count,
        "eventTime": None,
        "firstTimestamp": time,
        "lastTimestamp": time,
        "type": "Normal",
        **changes,
    }


def watched(
    operation: str,
    data: Any,
    *,
    source: str = SOURCE,
    time: str | None = SENT,
    **extensions: str,
) -> CloudEvent:
    """The event that ApiServerSource would send, as a transformer gets it."""
    event = new_event(
        id="random",
        source=source,
        type=f"dev.knative.apiserver.resource.{operation}",
        time=time,
        data=data,
        **extensions,
    )
    return to_sdk(event.state, RECORDED)


def updates(*objects: Any) -> list[CloudEvent]:
    """One update event per object."""
    return [watched("update", each) for each in objects]


def transformer(**plugin_settings: Any) -> KubernetesTransformer:
    """The plugin's transformer, made as the service would make it."""
    made, _ = transformers(Settings(plugins={"kubernetes": plugin_settings}))
    assert isinstance(made, KubernetesTransformer)
    return made


def fold_each(
    events: Iterable[CloudEvent], by: KubernetesTransformer | None = None
) -> list[list[CDEvent]]:
    """What each event gives, with the state kept as the router keeps it: as JSON, by key.

    Members come back sorted, for a store may do that. Every CDEvent must pass the gate.
    """
    by = by or transformer()
    states: dict[str, str] = {}
    given: list[list[CDEvent]] = []
    for event in events:
        key = by.state_key(event)
        if key is None:
            given.append([])
            continue
        kept = states.get(key)
        cdevents, state = by.transform_with_state(event, None if kept is None else json.loads(kept))
        given.append([_checked(cdevent) for cdevent in cdevents])
        if state is None:
            states.pop(key, None)
        else:
            states[key] = json.dumps(state, sort_keys=True, allow_nan=False)
    return given


def fold(events: Iterable[CloudEvent], by: KubernetesTransformer | None = None) -> list[CDEvent]:
    """Every CDEvent that the events give."""
    return [cdevent for given in fold_each(events, by) for cdevent in given]


def told(cdevents: Sequence[CDEvent]) -> list[str]:
    """In short: ``["deployed /shop/web", "failed /shop/web"]``."""
    return [f"{predicate(cdevent)} {cdevent.subject_id}" for cdevent in cdevents]


def predicate(cdevent: CDEvent) -> str:
    """``upgraded`` of ``dev.cdevents.service.upgraded.0.3.0``."""
    return cdevent.type.split(".")[3]


def _checked(cdevent: CDEvent) -> CDEvent:
    validate(json.loads(json.dumps(cdevent.document)))
    return cdevent


def _dense(status: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in status.items() if value not in (0, None)}
