"""From changes to CDEvents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streamgauge import CDEvent, CloudEvent, cdevents
from streamgauge_kubernetes.accessors import at, instant
from streamgauge_kubernetes.changes import Change
from streamgauge_kubernetes.naming import Cluster, Naming
from streamgauge_kubernetes.rollout import progressing, status_written
from streamgauge_kubernetes.workload import Workload

SERVICE = "streamgauge.dev/service"
ENVIRONMENT = "streamgauge.dev/environment"
_COMMIT = "org.opencontainers.image.revision"
_REPOSITORY = "org.opencontainers.image.source"
_VERSION = "app.kubernetes.io/version"


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, and whether that is only when it was heard of."""

    at: datetime
    inferred: bool = False


def moment_of(native: datetime | None, event: CloudEvent, sent: datetime) -> Moment:
    """The moment that the object names, else when the event was sent, else when it came in."""
    if native is not None:
        return Moment(native)
    return Moment(sent, event.get_extension("inferredtime") is True)


def time_of_rollout(workload: Workload, *, was_idle: bool) -> datetime | None:
    """When the rollout was complete, as the object tells.

    A Deployment says so in its condition, with one exception: a rollout while it wanted no pods
    has its time there, and not the later one at which the pods came up.
    """
    if workload.identity.kind == "Deployment" and not was_idle:
        condition = progressing(workload)
        if condition.get("reason") == "NewReplicaSetAvailable" and (
            moment := instant(condition.get("lastUpdateTime"))
        ):
            return moment
    return status_written(workload)


def time_of_failure(workload: Workload) -> datetime | None:
    """When the deadline had passed."""
    return instant(progressing(workload).get("lastUpdateTime")) or status_written(workload)


def time_of_removal(workload: Workload) -> datetime | None:
    """When the deletion was asked for. Only a deletion that has to wait for something has it."""
    return instant(at(workload.document, "metadata", "deletionTimestamp"))


@dataclass(frozen=True, slots=True)
class Announcer:
    """Writes the CDEvents about one workload of one cluster."""

    naming: Naming
    cluster: Cluster
    workload: Workload
    entity: str
    """What identifies the workload over all time: its uid."""

    def announce(self, change: Change, moment: Moment) -> CDEvent:
        """The CDEvent that tells `change`."""
        content: dict[str, Any] = {"environment": self._environment()}
        if change.kind != "service.removed" and change.image is not None:
            content["artifactId"] = change.image.package_url
        return cdevents.new(
            change.kind,
            id=cdevents.event_id(
                self.cluster.source, self.entity, change.container, change.kind, change.occurrence
            ),
            source=self.cluster.source,
            timestamp=moment.at,
            subject_id=self._service(change),
            subject_source=self.cluster.source,
            content=content,
            custom_data={**self._custom_data(change), "timestampInferred": moment.inferred or None},
        )

    def _environment(self) -> dict[str, str]:
        named = self.workload.own_note(ENVIRONMENT)
        namespace = self.workload.identity.namespace
        return {
            "id": named or self.naming.environment(self.cluster, namespace),
            "source": self.cluster.source,
        }

    def _service(self, change: Change) -> str:
        identity = self.workload.identity
        container = None if change.main else change.container
        if (named := self.workload.own_note(SERVICE)) is not None:
            return named if container is None else f"{named}/{container}"
        return self.naming.service(identity.namespace, identity.name, container)

    def _custom_data(self, change: Change) -> Mapping[str, Any]:
        """What the schemas of service.* have no place for; None is left out.

        The annotations about the code speak of the main container. On a sidecar they would make
        every commit look deployed once more.
        """
        workload, identity = self.workload, self.workload.identity
        return {
            "commit": workload.note(_COMMIT) if change.main else None,
            "repository": workload.note(_REPOSITORY) if change.main else None,
            "version": workload.note(_VERSION) if change.main else None,
            "image": None if change.image is None else change.image.reference,
            "cluster": self.cluster.name,
            "namespace": identity.namespace,
            "kind": identity.kind,
            "workload": identity.name,
            "container": change.container,
            "revision": workload.version.revision,
        }
