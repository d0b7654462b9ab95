"""A mix of events as tools send them: in shape, in size, and in what they mean.

Per hundred: 40 states of Kubernetes workloads, of which 10 complete a rollout; 40 GitHub webhooks,
of which 10 are successful deployments; 20 native CDEvents, of which 10 are deployments. About
4 kB each.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from streamgauge import CDEvent, Event, cdevents, new_event

START = datetime(2025, 1, 1, tzinfo=UTC)
SERVICES = 50
_MANAGED = {
    "manager": "kube-controller-manager",
    "operation": "Update",
    "fieldsV1": {
        f"f:{part}": {f"f:{name}": {} for name in ("name", "image", "env", "ports", "labels")}
        for part in ("metadata", "spec", "status", "template", "strategy", "selector")
    },
}
_FILLER = "https://api.github.example/repos/acme/{0}/" + "x" * 40


def mixed(count: int) -> Iterator[Event]:
    """`count` events, always the same ones."""
    for number in range(count):
        place = number % 10
        if place < 4:
            yield _workload(number, complete=place == 0)
        elif place < 8:
            yield _github(number, "deployment_status" if place == 4 else "pull_request")
        else:
            yield cdevents.in_cloudevent(
                _native(number, "service.deployed" if place == 8 else "build.queued")
            )


def _when(number: int) -> str:
    return (START + timedelta(minutes=5 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _workload(number: int, *, complete: bool) -> Event:
    service = number // 10 % SERVICES
    revision = number // 10 // SERVICES + 1
    replicas = 3 if complete else 1
    body: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": f"service-{service}",
            "namespace": "production",
            "uid": f"uid-{service}",
            "resourceVersion": str(number + 1),
            "generation": revision,
            "annotations": {
                "deployment.kubernetes.io/revision": str(revision),
                "org.opencontainers.image.revision": f"{number:040x}",
            },
            "managedFields": [_MANAGED] * 3,
        },
        "spec": {
            "replicas": 3,
            "template": {
                "spec": {
                    "containers": [
                        {
                            "name": f"service-{service}",
                            "image": f"registry.example/service-{service}:{revision}",
                            "env": [{"name": f"V{n}", "value": "x" * 20} for n in range(20)],
                        }
                    ]
                }
            },
        },
        "status": {
            "observedGeneration": revision,
            "replicas": 3,
            "updatedReplicas": replicas,
            "readyReplicas": 3,
            "availableReplicas": 3 if complete else 2,
            "conditions": [
                {
                    "type": "Progressing",
                    "status": "True",
                    "reason": "NewReplicaSetAvailable" if complete else "ReplicaSetUpdated",
                    "lastUpdateTime": _when(number),
                }
            ],
        },
    }
    return new_event(
        id=f"k8s-{number}",
        source="https://10.96.0.1:443",
        type="dev.knative.apiserver.resource.update",
        data=body,
    )


def _github(number: int, event: str) -> Event:
    name = f"repository-{number // 10 % SERVICES}"
    repository = {
        "full_name": f"acme/{name}",
        "html_url": f"https://github.example/acme/{name}",
        "url": f"https://api.github.example/repos/acme/{name}",
        "default_branch": "main",
        **{f"{n}_url": _FILLER.format(name) for n in range(40)},
    }
    body: dict[str, Any] = {"repository": repository, "sender": {"login": "ann"}}
    if event == "deployment_status":
        url = f"{repository['url']}/deployments/{number}"
        body |= {
            "action": "created",
            "deployment": {
                "id": number,
                "url": url,
                "sha": f"{number:040x}",
                "ref": "main",
                "environment": "production",
            },
            "deployment_status": {
                "id": number,
                "state": "success",
                "environment": "production",
                "created_at": _when(number),
            },
        }
    else:
        body |= {
            "action": "synchronize",
            "number": number,
            "pull_request": {
                "number": number,
                "html_url": f"{repository['html_url']}/pull/{number}",
                "url": f"{repository['url']}/pulls/{number}",
                "created_at": _when(number),
                "updated_at": _when(number),
                "head": {"sha": f"{number:040x}", "ref": "topic"},
                "base": {"ref": "main", "sha": f"{number:040x}"},
                "body": "x" * 500,
            },
        }
    return new_event(
        id=f"delivery-{number}",
        source=str(repository["url"]),
        type=f"com.github.{event}",
        data=body,
    )


def _native(number: int, kind: str) -> CDEvent:
    content = (
        {
            "environment": {"id": "production"},
            "artifactId": f"pkg:oci/native@sha256:{number:064x}",
        }
        if kind == "service.deployed"
        else {}
    )
    return cdevents.new(
        kind,
        id=f"native-{number}",
        source="/bench",
        timestamp=START + timedelta(minutes=5 * number),
        subject_id=f"native-{number // 10 % SERVICES}",
        content=content,
        custom_data={"note": "x" * 400},
    )
