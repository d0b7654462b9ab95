"""The transformer: from watch events to CDEvents, with one state per workload."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from packageurl import PackageURL

from streamgauge import CDEvent, CloudEvent, cdevents
from streamgauge.hookspecs import State
from streamgauge_kubernetes import changes, replicasets
from streamgauge_kubernetes.announce import (
    Announcer,
    Moment,
    moment_of,
    time_of_failure,
    time_of_removal,
    time_of_rollout,
)
from streamgauge_kubernetes.changes import Change
from streamgauge_kubernetes.memory import Memory, load
from streamgauge_kubernetes.naming import Naming
from streamgauge_kubernetes.replicasets import Scaling, read_scaling
from streamgauge_kubernetes.rollout import Phase, phase
from streamgauge_kubernetes.workload import Identity, Workload, identify, read_workload

Result = tuple[Iterable[CDEvent], State | None]


class KubernetesTransformer:
    """Tells rollouts from everything else that happens to a workload.

    It reads two kinds of objects: workloads of apps/v1, which say all there is to say, and the
    core/v1 Events of the deployment controller, which say little but need less permission.
    """

    name = "kubernetes"

    def __init__(self, naming: Naming) -> None:
        self._naming = naming

    def state_key(self, event: CloudEvent) -> str | None:
        """The cluster and the workload's uid, or its names where it has none."""
        operation, data = _operation(event), event.get_data()
        if operation is None:
            return None
        source = self._naming.cluster_of(event).source
        if (identity := identify(data)) is not None:
            return f"{source} {_entity(identity)}"
        if operation != "delete" and (scaling := read_scaling(data)) is not None:
            # Of Events a deletion means only that they expired.
            return f"{source} events {_entity(scaling.deployment)}"
        return None

    def transform_with_state(self, event: CloudEvent, state: State | None) -> Result:
        """The CDEvents, and what to remember of the workload."""
        operation, data, sent = _operation(event), event.get_data(), event.get_time()
        if operation is None or sent is None:
            return (), state
        if (workload := read_workload(data)) is not None:
            return self._follow_workload(event, sent, operation, workload, state)
        if operation != "delete" and (scaling := read_scaling(data)) is not None:
            return self._follow_scaling(event, sent, scaling, state)
        return (), state

    def _follow_workload(
        self,
        event: CloudEvent,
        sent: datetime,
        operation: str,
        workload: Workload,
        state: State | None,
    ) -> Result:
        reached = None if operation == "delete" else phase(workload)
        if reached is Phase.MOVING and (state is None or "gone" not in state):
            return (), state  # as most events: neither the memory nor the pod template matters
        memory = load(state)
        if memory.gone is not None:
            if not _is_successor(workload, operation, memory):
                return (), state
            memory = Memory(life=memory.life + 1)
        found, native = _changes(reached, workload, memory, known=state is not None)
        if not found:
            return (), memory.dump() or None
        announcer = Announcer(
            self._naming,
            self._naming.cluster_of(event),
            workload,
            _entity(workload.identity) + (f" {memory.life}" if memory.life else ""),
        )
        moment = moment_of(native, event, sent)
        events = [announcer.announce(change, moment) for change in found]
        return events, memory.dump()

    def _follow_scaling(
        self, event: CloudEvent, sent: datetime, scaling: Scaling, state: State | None
    ) -> Result:
        kind, after = replicasets.follow(scaling, state)
        if kind is None:
            return (), after
        moment = moment_of(scaling.at, event, sent)
        return [self._announce_scaling(event, kind, scaling, moment)], after

    def _announce_scaling(
        self, event: CloudEvent, kind: str, scaling: Scaling, moment: Moment
    ) -> CDEvent:
        cluster, deployment = self._naming.cluster_of(event), scaling.deployment
        artifact = PackageURL(
            type="generic",
            namespace=deployment.namespace,
            name=deployment.name,
            version=scaling.template,
        )
        return cdevents.new(
            kind,
            id=cdevents.event_id(cluster.source, _entity(deployment), kind, scaling.occurrence),
            source=cluster.source,
            timestamp=moment.at,
            subject_id=self._naming.service(deployment.namespace, deployment.name),
            subject_source=cluster.source,
            content={
                "environment": {
                    "id": self._naming.environment(cluster, deployment.namespace),
                    "source": cluster.source,
                },
                "artifactId": artifact.to_string(),
            },
            custom_data={
                "cluster": cluster.name,
                "namespace": deployment.namespace,
                "kind": deployment.kind,
                "workload": deployment.name,
                "revision": scaling.template,
                "timestampInferred": moment.inferred or None,
            },
        )


def _operation(event: CloudEvent) -> str | None:
    operation = event.get_type().rpartition(".")[2]
    return operation if operation in ("add", "update", "delete") else None


def _entity(identity: Identity) -> str:
    return identity.uid or f"{identity.namespace}/{identity.kind}/{identity.name}"


def _is_successor(workload: Workload, operation: str, memory: Memory) -> bool:
    """Whether this is a new workload under the name of one that is gone.

    A uid never comes back, so only one without a uid can be.
    """
    if workload.identity.uid is not None or operation == "delete" or memory.gone is None:
        return False
    resource, last = workload.version.resource, memory.gone.resource
    if resource is not None and last is not None:
        return resource > last
    return operation == "add"


def _changes(
    reached: Phase | None, workload: Workload, memory: Memory, *, known: bool
) -> tuple[Sequence[Change], datetime | None]:
    """What happened, and when as far as the object says. `memory` is brought up to date.

    `reached` is None for a deletion.
    """
    if reached is None:
        return changes.removed(workload, memory, known=known), time_of_removal(workload)
    if not workload.containers:
        return (), None
    if reached is Phase.COMPLETE:
        was_idle = memory.was_idle_before(workload.version)
        found = changes.completed(workload, memory)
        return found, time_of_rollout(workload, was_idle=was_idle) if found else None
    if reached is Phase.FAILED:
        return changes.failed(workload, memory), time_of_failure(workload)
    if reached is Phase.IDLE:
        changes.idled(workload, memory)
    return (), None
