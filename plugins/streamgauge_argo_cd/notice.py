"""One notification: an Application of Argo CD's, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from streamgauge import CloudEvent
from streamgauge.sources import Image, Told, parse_image
from streamgauge.sources.fields import ident, instant, items, mapping, path, text, texts, url
from streamgauge_argo_cd.gitops import Origin, origins_in, revisions_in

TYPE: Final = "io.argoproj.cd.application"

_OWN_KINDS: Final = frozenset({"Application", "ApplicationSet", "AppProject"})


@dataclass(frozen=True)
class Notice:
    """What the Application was when the notification was made."""

    app: Mapping[str, Any]
    context: Mapping[str, Any]
    """What the notifications of this Argo CD share: `argocdUrl`, and what its operators add."""
    name: str
    namespace: str | None
    made: datetime | None
    """When the notification was made, if it says so."""
    told: Told

    @property
    def uid(self) -> str:
        """What the Application is called from its creation to its deletion."""
        return text(self.app, "metadata", "uid") or self.path

    @property
    def path(self) -> str:
        """Its name, with the namespace where Argo CD keeps it."""
        return self.name if self.namespace is None else f"{self.namespace}/{self.name}"

    @cached_property
    def page(self) -> str | None:
        """Its page in Argo CD."""
        base = url(self.context, "argocdUrl")
        return None if base is None else url(f"{base.rstrip('/')}/applications/{self.path}")

    @cached_property
    def operation(self) -> Mapping[str, Any]:
        """The last synchronisation."""
        return mapping(self.app, "status", "operationState")

    @property
    def phase(self) -> str | None:
        """How far that has come: ``Running``, ``Succeeded``, ``Failed``, ``Error``."""
        return text(self.operation, "phase")

    @cached_property
    def finished(self) -> datetime | None:
        """When it was over."""
        return instant(self.operation, "finishedAt")

    @property
    def health(self) -> str | None:
        """``Healthy``, ``Progressing``, ``Degraded``, ``Suspended``, ``Missing``, ``Unknown``."""
        return text(self.app, "status", "health", "status")

    @cached_property
    def health_since(self) -> datetime | None:
        """Since when it is in that health; some versions leave that out, but the first notification
        of a health is not much later."""
        return instant(self.app, "status", "health", "lastTransitionTime") or self.made

    @property
    def deleted_at(self) -> datetime | None:
        """When its deletion was asked for; None for one that is to stay."""
        return instant(self.app, "metadata", "deletionTimestamp")

    @cached_property
    def images(self) -> list[Image]:
        """The images of all its pods, those of jobs of before among them."""
        listed = texts(self.app, "status", "summary", "images")
        parsed = [parse_image(reference.strip()) for reference in listed]
        return [image for image in parsed if image.repository is not None]

    @cached_property
    def origins(self) -> tuple[Origin, ...]:
        """What was, or was to be, synchronised: a commit of a repository, a version of a chart."""
        return origins_in(self.app)

    def changed_something(self) -> bool:
        """Whether the synchronisation applied anything but other Applications, as far as it says.

        Whoever keeps all Applications in one repository has one that synchronises the others.
        """
        applied = items(self.operation, "syncResult", "resources")
        return not applied or any(
            text(each, "kind") not in _OWN_KINDS
            and not (text(each, "message") or "").endswith("unchanged")
            for each in applied
        )

    @property
    def history_id(self) -> str | None:
        """The number of the last entry of its history."""
        return ident(path(items(self.app, "status", "history"), -1), "id")

    def is_back(self) -> bool:
        """Whether its history has the present revision before the previous one."""
        history = [revisions_in(each) for each in items(self.app, "status", "history")]
        present = tuple(origin.revision for origin in self.origins)
        if len(history) < 3 or history[-1] != present or history[-2] == present:
            return False
        return present in history[:-2]

    def note(self, key: str) -> str | None:
        """An annotation or a label of the Application."""
        metadata = mapping(self.app, "metadata")
        return text(metadata, "annotations", key) or text(metadata, "labels", key)


def notice_of(event: CloudEvent) -> Notice | None:
    """The notice in `event`; None where it holds no Application."""
    data, time = event.get_data(), event.get_time()
    app = mapping(data, "app")
    name = text(app, "metadata", "name")
    if name is None or time is None:
        return None
    namespace = text(app, "metadata", "namespace")
    context, made = mapping(data, "context"), instant(data, "timestamp")
    return Notice(app, context, name, namespace, made, Told(source_of(data), time))


def source_of(data: object) -> str:
    """The Argo CD, by its page where the notification has it."""
    return url(data, "context", "argocdUrl") or "argo-cd"
