"""Rollouts of a small invented company."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cloudevents.core.v1.event import CloudEvent

from streamgauge import CDEvent
from streamgauge.hookspecs import State
from streamgauge.settings import Settings
from streamgauge_argo_rollouts import transformers
from streamgauge_argo_rollouts.transformer import RolloutTransformer

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def minute(number: int) -> str:
    return (START + timedelta(minutes=number)).isoformat()


def rollout(image: str, revision: int, **status: Any) -> Any:
    """A Rollout that is complete, unless `status` says otherwise."""
    at = minute(10 * revision)
    completed = {"type": "Completed", "status": "True", "lastUpdateTime": at}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {
            "name": "web",
            "namespace": "lamps",
            "uid": "u-1",
            "generation": revision,
            "annotations": {"rollout.argoproj.io/revision": str(revision)},
        },
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": f"web:{image}"}]}}},
        "status": {
            "phase": "Healthy",
            "observedGeneration": str(revision),
            "currentPodHash": image,
            "stableRS": image,
            "availableReplicas": 2,
            "conditions": [completed],
            **status,
        },
    }


def aborted(image: str, revision: int) -> Any:
    at = minute(10 * revision)
    return rollout(image, revision, phase="Degraded", abort=True, abortedAt=at, stableRS="other")


def watched(document: Any, operation: str = "update", **extensions: str) -> CloudEvent:
    """As the ApiServerSource sends it."""
    attributes = {
        "id": "1",
        "source": "https://10.96.0.1:443",
        "type": f"dev.knative.apiserver.resource.{operation}",
        "time": START,
        **extensions,
    }
    return CloudEvent(attributes, document)


def notified(event: str, document: Any) -> CloudEvent:
    """As the controller notifies; the status is of before."""
    revision = document["metadata"]["generation"]
    before = {**document, "status": {"phase": "Paused", "stableRS": "before"}}
    data = {"event": event, "timestamp": minute(10 * revision), "rollout": before}
    name = f"io.argoproj.rollouts.{event}"
    return CloudEvent({"id": "1", "source": "argo-rollouts", "type": name, "time": START}, data)


def transformer(**options: Any) -> RolloutTransformer:
    found, _ = transformers(Settings(plugins={"argo-rollouts": options}))
    assert isinstance(found, RolloutTransformer)
    return found


def fold(*events: CloudEvent, **options: Any) -> list[CDEvent]:
    """What comes of these events, each state kept under its key; what is told twice, once."""
    by, states, made = transformer(**options), dict[str, State | None](), dict[str, CDEvent]()
    for event in events:
        key = by.state_key(event)
        if key is not None:
            told, states[key] = by.transform_with_state(event, states.get(key))
            made |= {each.id: each for each in told if each.id not in made}
    return list(made.values())
