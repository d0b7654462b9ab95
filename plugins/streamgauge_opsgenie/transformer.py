"""Opsgenie's actions on an alert to CDEvents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources import Options, Places, Told, incident
from streamgauge.sources.fields import ident, instant, mapping, path, stamp, text, texts, word
from streamgauge.sources.incidents import Done
from streamgauge_opsgenie.receiver import API

ACTIONS: Final = ("create", "close", "delete")
"""Those that begin or end an alert. One that was deleted was none."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How an alert names its service and its environment, by the plugin's settings."""

    places: Places = field(default_factory=Places)
    environment_tags: tuple[str, ...] = ("environment", "env")
    service_tags: tuple[str, ...] = ("service",)

    @classmethod
    def of(cls, options: Options) -> Naming:
        """Raises SettingsError."""
        return cls(
            Places.of(options),
            options.texts("environment_tags", ("environment", "env")),
            options.texts("service_tags", ("service",)),
        )

    def where(self, alert: object) -> tuple[str, str | None]:
        """The environment and the service.

        Tags and the entity are in every action. The details are only in the first, so they are
        asked last, and for no environment: the end must not say another than the beginning.
        """
        tags = _values(texts(alert, "tags"))
        always = _first(tags, self.service_tags) or text(alert, "entity")
        service = always or _first(mapping(alert, "details"), self.service_tags)
        environment = self.places.environment_of(_first(tags, self.environment_tags), always)
        return environment, self.places.service_of(service)


class OpsgenieTransformer:
    """An alert is an incident from its creation until it is closed."""

    name = "opsgenie"

    def __init__(self, naming: Naming) -> None:
        self._naming = naming

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """One CDEvent for a beginning, two for an end: it tells the beginning to whoever has
        missed that."""
        data = event.get_data()
        action, alert = word(data, "action"), path(data, "alert")
        time = event.get_time()
        assert time is not None, "Streamgauge gives every event a time"
        if action not in ACTIONS or ident(alert, "alertId") is None:
            return []
        created = instant(alert, "createdAt", unit="ms")
        updated = instant(alert, "updatedAt", unit="ns")
        told = Told(API, time)
        if action == "create":
            return [self._incident(told, alert, "detected", created or updated)]
        began = [] if created is None else [self._incident(told, alert, "detected", created)]
        retracted = action == "delete"
        return [*began, self._incident(told, alert, "resolved", updated, retracted=retracted)]

    def _incident(
        self, told: Told, alert: object, done: Done, at: datetime | None, retracted: bool = False
    ) -> CDEvent:
        environment, service = self._naming.where(alert)
        message = text(alert, "message")
        return incident(
            told,
            done,
            *(["retracted"] if retracted else []),
            *([stamp(at)] if done == "resolved" else []),
            at=at,
            subject=f"{API}/v2/alerts/{ident(alert, 'alertId')}",
            environment=environment,
            service=service,
            title=None if message is None else message.strip(),
            labels=texts(alert, "tags"),
            retracted=retracted,
            priority=text(alert, "priority"),
            alias=text(alert, "alias"),
            tinyId=ident(alert, "tinyId"),
            teams=texts(alert, "teams") or None,
        )


def _values(tags: Iterable[str]) -> dict[str, str]:
    """The tags that have a name and a value, ``service:shop`` or ``service=shop``."""
    found: dict[str, str] = {}
    for tag in tags:
        at = min((place for sign in ":=" if (place := tag.find(sign)) > 0), default=0)
        name, value = tag[:at].strip(), tag[at + 1 :].strip()
        if name and value:
            found.setdefault(name, value)
    return found


def _first(found: Mapping[str, Any], names: Iterable[str]) -> str | None:
    return next((value for name in names if (value := text(found, name)) is not None), None)
