"""A Rollout, argoproj.io/v1alpha1, as a cluster or a notification carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from streamgauge.sources import artifact, parse_image
from streamgauge.sources.fields import flag, instant, items, mapping, text, whole

_REVISION: Final = "rollout.argoproj.io/revision"
_DEFAULT_CONTAINER: Final = "kubectl.kubernetes.io/default-container"


@dataclass(frozen=True, slots=True)
class Container:
    """One container of the pod template."""

    name: str
    version: str
    """What tells its image from others."""
    artifact: str
    image: str | None
    """As the template names it; None where the template is another object's."""


@dataclass(frozen=True)
class Rollout:
    """One state of a Rollout."""

    document: Mapping[str, Any]
    namespace: str
    name: str

    @property
    def uid(self) -> str:
        """What it is called from its creation to its deletion."""
        return text(self.document, "metadata", "uid") or f"{self.namespace}/{self.name}"

    @cached_property
    def status(self) -> Mapping[str, Any]:
        """Empty where there is none."""
        return mapping(self.document, "status")

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """All of the pod template, or none: to overlook one would look like its removal."""
        found: dict[str, Container] = {}
        template = items(self.document, "spec", "template", "spec", "containers")
        for each in template:
            name, reference = text(each, "name"), text(each, "image")
            if name is None or reference is None or name in found:
                return ()
            image = parse_image(reference.strip())
            found[name] = Container(name, image.identity, image.package_url, reference.strip())
        return tuple(found.values()) if template else self._referenced()

    def _referenced(self) -> tuple[Container, ...]:
        """Of a template that lies in a Deployment only its hash is known."""
        pods = text(self.status, "currentPodHash")
        if pods is None or not mapping(self.document, "spec", "workloadRef"):
            return ()
        return (Container(self.name, pods, artifact(f"{self.namespace}/{self.name}", pods), None),)

    def main(self, known: str | None) -> str | None:
        """The container that the service is named after; the one that it was before stays it."""
        names = [each.name for each in self.containers]
        template = mapping(self.document, "spec", "template", "metadata")
        preferred = text(template, "annotations", _DEFAULT_CONTAINER)
        for name in (known, preferred, self.name):
            if name in names:
                return name
        return names[0] if names else None

    @property
    def revision(self) -> str:
        """Counts the pod templates that it has had."""
        found = text(self.document, "metadata", "annotations", _REVISION)
        return found or text(self.status, "currentPodHash") or str(self._generation)

    @property
    def is_complete(self) -> bool:
        """Whether the controller has made the present template the stable one, with pods."""
        pods = text(self.status, "currentPodHash")
        return (
            self._is_observed
            and text(self.status, "phase") == "Healthy"
            and pods is not None
            and pods == text(self.status, "stableRS")
            and bool(whole(self.status, "availableReplicas"))
        )

    @property
    def is_failed(self) -> bool:
        """Whether it was aborted, or is past its deadline."""
        return self._is_observed and (
            flag(self.status, "abort") is True or self._past_deadline is not None
        )

    @property
    def completed_at(self) -> datetime | None:
        """When it was complete, as the controller notes."""
        for kind in ("Completed", "Healthy"):
            condition = self._condition(kind)
            if text(condition, "status") == "True" and (at := instant(condition, "lastUpdateTime")):
                return at
        return None

    @property
    def failed_at(self) -> datetime | None:
        """When it was given up."""
        return instant(self.status, "abortedAt") or instant(self._past_deadline, "lastUpdateTime")

    @property
    def removed_at(self) -> datetime | None:
        """When its deletion was asked for, if that had to wait for something."""
        return instant(self.document, "metadata", "deletionTimestamp")

    @property
    def had_pods(self) -> bool:
        """Whether it served when this was written."""
        return bool(whole(self.status, "availableReplicas"))

    def note(self, key: str) -> str | None:
        """An annotation or label of that key, of the Rollout, else of its pod template."""
        template = mapping(self.document, "spec", "template", "metadata")
        return self.own_note(key) or _note(template, key)

    def own_note(self, key: str) -> str | None:
        """An annotation or label of that key, of the Rollout alone."""
        return _note(mapping(self.document, "metadata"), key)

    @property
    def _generation(self) -> int | None:
        return whole(self.document, "metadata", "generation")

    @property
    def _is_observed(self) -> bool:
        """The controller writes the generation as text; before 0.10 it wrote a hash."""
        observed, generation = text(self.status, "observedGeneration"), self._generation
        if observed is None or generation is None or not observed.isdecimal():
            return True
        return int(observed[:18]) >= generation

    @property
    def _past_deadline(self) -> Mapping[str, Any] | None:
        condition = self._condition("Progressing")
        over = text(condition, "reason") == "ProgressDeadlineExceeded"
        return condition if over and text(condition, "status") == "False" else None

    def _condition(self, kind: str) -> Mapping[str, Any]:
        for condition in items(self.status, "conditions"):
            if text(condition, "type") == kind:
                return mapping(condition)
        return {}


def read_rollout(data: object, *, typed: bool) -> Rollout | None:
    """The Rollout that `data` describes. One in a notification may have lost its `typed` parts."""
    document = mapping(data)
    if typed and not (text(document, "apiVersion") or "").startswith("argoproj.io/"):
        return None
    name, namespace = text(document, "metadata", "name"), text(document, "metadata", "namespace")
    if name is None or namespace is None:
        return None
    return Rollout(document, namespace, name)


def _note(metadata: Mapping[str, Any], key: str) -> str | None:
    return text(metadata, "annotations", key) or text(metadata, "labels", key)
