"""One event of Flux's, and what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from streamgauge import CloudEvent
from streamgauge.sources import Told
from streamgauge.sources.fields import instant, mapping, text, word
from streamgauge_flux.options import Options
from streamgauge_flux.revisions import Revision, parse_revision

TYPES: Final = {"kustomization": "io.fluxcd.kustomization", "helmrelease": "io.fluxcd.helmrelease"}
"""The kinds of objects that deploy something, in lower case, to the types of their events."""
OTHER: Final = "io.fluxcd.event"

_GROUPS: Final = (
    "kustomize.toolkit.fluxcd.io",
    "helm.toolkit.fluxcd.io",
    "event.toolkit.fluxcd.io",
)


@dataclass(frozen=True, slots=True)
class Notice:
    """An event about a Kustomization or a HelmRelease."""

    data: dict[str, Any]
    kind: str
    """``kustomization`` or ``helmrelease``."""
    namespace: str
    name: str
    told: Told

    @property
    def uid(self) -> str:
        """What the object is called from its creation to its deletion."""
        return text(self.data, "involvedObject", "uid") or f"{self.kind}/{self.path}"

    @property
    def path(self) -> str:
        """The key of this object in the tables of the settings."""
        return f"{self.namespace}/{self.name}"

    @property
    def reason(self) -> str:
        """What happened, in lower case: ``reconciliationsucceeded``."""
        return word(self.data, "reason")

    @property
    def at(self) -> datetime | None:
        """When Flux says that it happened."""
        return instant(self.data, "timestamp")

    @property
    def revision(self) -> Revision | None:
        """What was, or was to be, applied."""
        found = self.meta("revision")
        return None if found is None else parse_revision(found)

    def meta(self, key: str) -> str | None:
        """One entry of the metadata, which operators can add to."""
        return meta_of(self.data, key)

    def service(self, options: Options) -> str:
        """As the metadata or the settings call it, else ``namespace/name``."""
        return self.meta("service") or options.services.of(self.path) or self.path

    def environment(self, options: Options) -> str:
        """As the metadata or the settings call it, else the namespace."""
        return (
            self.meta("environment")
            or options.environments.of(self.path)
            or options.environments.of(self.namespace)
            or options.environment
            or self.namespace
        )


def notice_of(event: CloudEvent) -> Notice | None:
    """The notice in `event`; None where it is about no such object, or about none at all."""
    data = event.get_data()
    involved = mapping(data, "involvedObject")
    kind, name, namespace = (
        word(involved, "kind"),
        text(involved, "name"),
        text(involved, "namespace"),
    )
    if kind not in TYPES or name is None or namespace is None or not isinstance(data, dict):
        return None
    time = event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    return Notice(data, kind, namespace, name, Told(source_of(data), time))


def source_of(data: object) -> str:
    """Flux, of the cluster that the alert's metadata name."""
    cluster = meta_of(data, "cluster")
    return "flux" if cluster is None else f"flux/{quote(cluster.strip(), safe='')}"


def meta_of(data: object, key: str) -> str | None:
    """An entry of the metadata: the controllers prefix the keys with their API group, the
    notification controller strips it."""
    metadata = mapping(data, "metadata")
    for name in (key, *(f"{group}/{key}" for group in _GROUPS)):
        if (found := text(metadata, name)) is not None:
            return found.strip()
    return None
