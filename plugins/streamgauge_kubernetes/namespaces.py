"""Namespaces that are labelled as environments: environment.created and environment.deleted.

Several namespaces may be one environment. It is there from its first namespace on, and gone with
its last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from streamgauge import CDEvent, CloudEvent, cdevents
from streamgauge.hookspecs import State
from streamgauge_kubernetes.accessors import at, instant, items, mapping, text
from streamgauge_kubernetes.announce import ENVIRONMENT, moment_of
from streamgauge_kubernetes.naming import Naming
from streamgauge_kubernetes.workload import name_in

REMEMBERED: Final = 50
"""How many namespaces that are gone are remembered, so that a late event brings none back."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """One namespace, of one environment."""

    environment: str
    name: str
    uid: str
    metadata: Mapping[str, Any]


@dataclass(slots=True)
class _Known:
    """The namespaces of one environment, by their uids."""

    present: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def dump(self) -> dict[str, list[str]]:
        return {"present": self.present, "gone": self.gone[-REMEMBERED:]}


class NamespaceTransformer:
    """Tells environments from the label ``streamgauge.dev/environment`` of namespaces."""

    name = "kubernetes-environments"

    def __init__(self, naming: Naming) -> None:
        self._naming = naming

    def state_key(self, event: CloudEvent) -> str | None:
        """The cluster and the environment; None for anything but a labelled namespace."""
        namespace = read_namespace(event.get_data())
        if namespace is None:
            return None
        return f"{self._naming.cluster_of(event).source} {namespace.environment}"

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """At most one CDEvent, and which namespaces the environment has."""
        namespace = read_namespace(event.get_data())
        if namespace is None:
            return [], state
        known = _Known(list(items(at(state, "present"))), list(items(at(state, "gone"))))
        removed = event.get_type().endswith(".delete")
        done = _gone(namespace.uid, known) if removed else _there(namespace.uid, known)
        made = [] if done is None else [self._announce(event, namespace, done)]
        return made, known.dump()

    def _announce(self, event: CloudEvent, namespace: Namespace, done: str) -> CDEvent:
        cluster, sent = self._naming.cluster_of(event), event.get_time()
        assert sent is not None, "Streamgauge gives every event a time"
        native = "creationTimestamp" if done == "created" else "deletionTimestamp"
        moment = moment_of(instant(namespace.metadata.get(native)), event, sent)
        return cdevents.new(
            f"environment.{done}",
            id=cdevents.event_id(cluster.source, namespace.environment, namespace.uid, done),
            source=cluster.source,
            timestamp=moment.at,
            subject_id=namespace.environment,
            subject_source=cluster.source,
            content={"name": namespace.environment} if done == "created" else {},
            custom_data={
                "cluster": cluster.name,
                "namespace": namespace.name,
                "timestampInferred": moment.inferred or None,
            },
        )


def read_namespace(data: object) -> Namespace | None:
    """The namespace that `data` describes; None where it is none, or has no such label."""
    document = mapping(data)
    if document.get("apiVersion") != "v1" or document.get("kind") != "Namespace":
        return None
    metadata = mapping(document.get("metadata"))
    environment = text(at(metadata, "labels", ENVIRONMENT))
    name = name_in(metadata.get("name"))
    if environment is None or name is None:
        return None
    uid = name_in(metadata.get("uid"))
    return Namespace(environment, name, uid or name, metadata)


def _there(uid: str, known: _Known) -> str | None:
    if uid in known.present or uid in known.gone:
        return None
    known.present.append(uid)
    return "created" if len(known.present) == 1 else None


def _gone(uid: str, known: _Known) -> str | None:
    if uid in known.gone:
        return None
    known.gone.append(uid)
    # Of one not heard of before there is no telling whether it was the last.
    was_last = known.present == [uid]
    known.present = [each for each in known.present if each != uid]
    return "deleted" if was_last else None
