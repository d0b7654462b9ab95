"""A Deployment, StatefulSet or DaemonSet as a watch event carries it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from streamgauge.sources.images import Image, parse_image
from streamgauge_kubernetes.accessors import at, digits, items, mapping, text, whole

KINDS = ("Deployment", "StatefulSet", "DaemonSet")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}", re.ASCII)
_REVISION = "deployment.kubernetes.io/revision"
_TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which workload: its names, and the uid that it keeps from creation to deletion."""

    kind: str
    namespace: str
    name: str
    uid: str | None


@dataclass(frozen=True, slots=True)
class Container:
    """One container of the pod template."""

    name: str
    image: Image


@dataclass(frozen=True, slots=True)
class Version:
    """How far the object had come; each part grows over its life."""

    resource: int | None
    """`metadata.resourceVersion`: grows with every write."""
    generation: int | None
    """`metadata.generation`: grows with every write to the spec."""
    revision: str | None
    """The Deployment's or DaemonSet's count of pod templates; a StatefulSet's is a hash."""

    def older_than(self, other: Version) -> bool:
        """Whether this is known to come before the other; what cannot be compared does not.

        A resourceVersion is meant to be opaque, but the API server takes all of them from one
        counter, and since Kubernetes 1.35 the order is promised.
        """
        for mine, theirs in (
            (self.resource, other.resource),
            (self.generation, other.generation),
            (digits(self.revision), digits(other.revision)),
        ):
            if mine is not None and theirs is not None:
                return mine < theirs
        return False


@dataclass(frozen=True)
class Workload:
    """One state of a workload."""

    identity: Identity
    version: Version
    document: Mapping[str, Any]

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """Init and ephemeral containers are not among them: they do not serve. Empty where the pod
        template cannot be read, as in a deletion that a filter has thinned."""
        return _containers(self.document)

    @property
    def status(self) -> Mapping[str, Any]:
        """The object's `status`, empty where there is none."""
        return mapping(self.document.get("status"))

    def count(self, name: str) -> int:
        """A number of the status; the API server leaves out those that are 0."""
        return whole(self.status.get(name)) or 0

    def note(self, key: str) -> str | None:
        """An annotation or label of that key, of the workload, else of its pod template."""
        return self.own_note(key) or _note(at(self.document, "spec", "template", "metadata"), key)

    def own_note(self, key: str) -> str | None:
        """An annotation or label of that key, of the workload alone."""
        return _note(self.document.get("metadata"), key)


def identify(data: object) -> Identity | None:
    """Which workload `data` describes; None where it is none of the three kinds."""
    document = mapping(data)
    if document.get("apiVersion") != "apps/v1" or document.get("kind") not in KINDS:
        return None
    metadata = mapping(document.get("metadata"))
    namespace, name = name_in(metadata.get("namespace")), name_in(metadata.get("name"))
    if namespace is None or name is None:
        return None
    return Identity(str(document["kind"]), namespace, name, name_in(metadata.get("uid")))


def read_workload(data: object) -> Workload | None:
    """The workload that `data` describes; None where it cannot be one."""
    identity, document = identify(data), mapping(data)
    if identity is None:
        return None
    metadata = mapping(document.get("metadata"))
    version = Version(
        digits(metadata.get("resourceVersion")),
        whole(metadata.get("generation")),
        _revision(identity.kind, document),
    )
    return Workload(identity, version, document)


def name_in(value: object) -> str | None:
    """The value where it is a name or a uid as Kubernetes allows them."""
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def _containers(data: object) -> tuple[Container, ...]:
    """All containers or none: to overlook one would look like its removal."""
    found: dict[str, Container] = {}
    for entry in items(at(data, "spec", "template", "spec", "containers")):
        name = name_in(at(entry, "name"))
        reference = text(at(entry, "image"))
        if name is None or reference is None or name in found:
            return ()
        found[name] = Container(name, parse_image(reference))
    return tuple(found.values())


def _revision(kind: str, document: Mapping[str, Any]) -> str | None:
    if kind == "StatefulSet":
        return text(at(document, "status", "updateRevision"))
    key = _REVISION if kind == "Deployment" else _TEMPLATE_GENERATION
    return text(at(document, "metadata", "annotations", key))


def _note(metadata: object, key: str) -> str | None:
    return text(at(metadata, "annotations", key)) or text(at(metadata, "labels", key))
