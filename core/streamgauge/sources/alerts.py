"""Alerts in the form that Prometheus's Alertmanager sends, which others have taken over.

A notification is a group of alerts, each firing or resolved. It is sent again while they fire, and
whenever one joins or leaves the group, so most of what it says was said before: an alert is one by
the fingerprint of its labels and by when it began to fire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Final

from streamgauge.cdevents import CDEvent
from streamgauge.sources.fields import ident, instant, items, mapping, stamp, text, url, word
from streamgauge.sources.incidents import Done, Places, incident
from streamgauge.sources.occurrences import Told
from streamgauge.sources.options import Options

ENVIRONMENT_LABELS: Final = (
    "environment",
    "env",
    "deployment_environment_name",
    "deployment_environment",
)
SERVICE_LABELS: Final = (
    "service",
    "service_name",
    "app_kubernetes_io_name",
    "app",
    "application",
    "job",
)
IGNORED_LABELS: Final = (
    "alertname=Watchdog",
    "alertname=DeadMansSwitch",
    "alertname=InfoInhibitor",
    "severity=none",
    "severity=info",
    "severity=warning",
)
"""Who is alerted by these need not act at once: by the custom of Prometheus's rules a warning is
for office hours. The first three fire, or are fired, to show that alerting works."""

_DETECTED: Final[tuple[Done, ...]] = ("detected",)
_BOTH: Final[tuple[Done, ...]] = ("detected", "resolved")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of a notification."""

    fingerprint: str
    """Made of its labels by the tool."""
    firing: bool
    starts: datetime
    ends: datetime | None
    """None while it fires."""
    labels: Mapping[str, str]
    annotations: Mapping[str, Any]
    url: str | None

    @property
    def title(self) -> str | None:
        """What people read."""
        return text(self.annotations, "summary") or self.labels.get("alertname")


More = Callable[[Alert], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels with a pattern for their value each, in whatever case: ``severity=crit*``."""

    patterns: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, options: Options, name: str, default: tuple[str, ...] = ()) -> Labels:
        """A list of them in the setting `name`. Raises SettingsError for what has no ``=``."""
        split = [each.partition("=") for each in options.texts(name, default)]
        if not all(label.strip() and sign for label, sign, _ in split):
            raise options.wrong(name, 'a list of labels with a value each, "severity=critical"')
        return cls(tuple((label.strip(), value.strip().lower()) for label, _, value in split))

    def match(self, labels: Mapping[str, str]) -> bool:
        """Whether one of them is among `labels`."""
        return any(
            (value := labels.get(label)) is not None and fnmatchcase(value.lower(), pattern)
            for label, pattern in self.patterns
        )


@dataclass(frozen=True, slots=True)
class Alerting:
    """Which alerts are incidents, and where, by the plugin's settings."""

    places: Places = field(default_factory=Places)
    environment_labels: tuple[str, ...] = ENVIRONMENT_LABELS
    service_labels: tuple[str, ...] = SERVICE_LABELS
    incident_labels: Labels = field(default_factory=Labels)
    ignored_labels: Labels = field(default_factory=Labels)

    @classmethod
    def of(cls, options: Options, ignored: tuple[str, ...] = IGNORED_LABELS) -> Alerting:
        """`ignored` is the default of the setting `ignored_labels`. Raises SettingsError."""
        return cls(
            places=Places.of(options),
            environment_labels=options.texts("environment_labels", ENVIRONMENT_LABELS),
            service_labels=options.texts("service_labels", SERVICE_LABELS),
            incident_labels=Labels.of(options, "incident_labels"),
            ignored_labels=Labels.of(options, "ignored_labels", ignored),
        )

    def incidents(
        self, told: Told, tool: str, data: object, more: More = lambda alert: {}
    ) -> list[CDEvent]:
        """Of each alert in `data` that is an incident, that it was detected and is resolved.

        `tool` is the first part of what an incident is called, `more` what customData shall have
        besides. A resolution tells the beginning too, for whoever has missed that; where it is
        known, it is the same event.
        """
        return [
            self._incident(told, tool, alert, done, more(alert))
            for alert in alerts_in(data)
            if self.is_incident(alert.labels)
            for done in (_DETECTED if alert.firing else _BOTH)
        ]

    def is_incident(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels is one."""
        if self.ignored_labels.match(labels):
            return False
        return not self.incident_labels.patterns or self.incident_labels.match(labels)

    def where(self, labels: Mapping[str, str]) -> tuple[str, str | None]:
        """The environment and the service that labels name."""
        service = _first(labels, self.service_labels)
        environment = self.places.environment_of(
            _first(labels, self.environment_labels), labels.get("namespace") or service
        )
        return environment, self.places.service_of(service)

    def _incident(
        self, told: Told, tool: str, alert: Alert, done: Done, more: Mapping[str, Any]
    ) -> CDEvent:
        labels = alert.labels
        environment, service = self.where(labels)
        return incident(
            told,
            done,
            at=alert.starts if done == "detected" else alert.ends,
            # It can fire again, with the same fingerprint: that is another incident.
            subject=f"{tool}:{alert.fingerprint}:{stamp(alert.starts)}",
            environment=environment,
            service=service,
            title=alert.title,
            labels=[f"{name}={value}" for name, value in labels.items()],
            url=alert.url,
            severity=labels.get("severity"),
            **more,
        )


def alerts_in(data: object) -> Iterator[Alert]:
    """The alerts of a notification; those are left out that have no state, fingerprint or start."""
    for each in items(data, "alerts"):
        status = word(each, "status")
        fingerprint, starts = ident(each, "fingerprint"), instant(each, "startsAt")
        if status not in ("firing", "resolved") or fingerprint is None or starts is None:
            continue
        yield Alert(
            fingerprint=fingerprint,
            firing=status == "firing",
            starts=starts,
            ends=instant(each, "endsAt") if status == "resolved" else None,
            labels=labels_of(each, "labels"),
            annotations=mapping(each, "annotations"),
            url=url(each, "generatorURL"),
        )


def labels_of(data: object, *keys: str) -> dict[str, str]:
    """The labels under `keys` that have a value."""
    found = mapping(data, *keys)
    return {
        name: value
        for name in found
        if "\0" not in name and (value := text(found, name)) is not None
    }


def latest(data: object) -> datetime | None:
    """When the last thing happened that a notification tells of; None where one has no time."""
    times = [alert.starts if alert.firing else alert.ends for alert in alerts_in(data)]
    known = [time for time in times if time is not None]
    return max(known, default=None) if len(known) == len(times) else None


def _first(labels: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((labels[name] for name in names if name in labels), None)
