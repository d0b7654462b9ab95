"""The facts as Knative's ApiServerSource tells them: Deployments, in binary CloudEvents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from streamgauge_demo.company import NAME, Service
from streamgauge_demo.facts import Deployment, Environment, Fact, Flap, Rebuild, Scaling
from streamgauge_demo.requests import Request, Window, guid, json_body, written
from streamgauge_demo.workload import Sighting, Workload

PATH: Final = "/"
CLUSTER: Final = f"{NAME}-1"
NAMESPACES: Final[dict[Environment, str]] = {"production": "ferries", "staging": "ferries-staging"}
SETTINGS: Final = {
    "STREAMGAUGE_KUBERNETES_ENVIRONMENTS": ",".join(
        f"{namespace}={environment}" for environment, namespace in NAMESPACES.items()
    )
}
"""What the plugin must know: which environment a namespace is."""


def requests(facts: Iterable[Fact], window: Window) -> Iterator[Request]:
    """What the source would have sent within the window.

    `facts` are those of one service from the very first on: an object's generation and revision
    count everything that was ever done to it.
    """
    for service, namespace, sighting in sightings(facts):
        if sighting.at in window:
            yield _request(service, namespace, sighting)


def sightings(facts: Iterable[Fact]) -> Iterator[tuple[Service, str, Sighting]]:
    """Every state of every object, with the namespace that it is in."""
    workloads: dict[Environment, Workload] = {}
    for fact in facts:
        if fact.service.reported_by != "kubernetes":
            continue
        environment = _environment_of(fact)
        if environment is None:
            continue
        namespace = NAMESPACES[environment]
        workload = workloads.setdefault(environment, Workload(fact.service, namespace))
        for sighting in _follow(workload, fact):
            yield fact.service, namespace, sighting


def _environment_of(fact: Fact) -> Environment | None:
    if isinstance(fact, Deployment):
        return fact.environment
    if isinstance(fact, Rebuild):
        return "staging"
    return "production" if isinstance(fact, (Scaling, Flap)) else None


def _follow(workload: Workload, fact: Fact) -> Iterator[Sighting]:
    if isinstance(fact, Rebuild):
        yield workload.delete(fact.at)
    elif isinstance(fact, Scaling):
        yield from workload.scale(fact.at, fact.replicas)
    elif isinstance(fact, Flap):
        yield from workload.flap(fact.at)
    elif isinstance(fact, Deployment) and fact.result == "failure":
        yield from workload.fail(fact.at, fact.ended, fact.change)
    elif isinstance(fact, Deployment):
        yield from workload.roll_out(fact.at, fact.ended, fact.change)


def _request(service: Service, namespace: str, sighting: Sighting) -> Request:
    lane = f"{namespace}/{service.name}"
    return Request(
        at=sighting.at,
        lane=lane,
        path=PATH,
        headers={
            "Content-Type": "application/json",
            "ce-specversion": "1.0",
            "ce-type": f"dev.knative.apiserver.resource.{sighting.operation}",
            "ce-source": "https://10.96.0.1:443",
            "ce-id": guid(lane, sighting.operation, sighting.at.isoformat()),
            "ce-subject": f"/apis/apps/v1/namespaces/{namespace}/deployments/{service.name}",
            "ce-time": written(sighting.at),
            "ce-kind": "Deployment",
            "ce-name": service.name,
            "ce-namespace": namespace,
            "ce-apiversion": "apps/v1",
            # Every API server has the address above; this extension tells the clusters apart.
            "ce-cluster": CLUSTER,
        },
        body=json_body(sighting.document()),
    )
