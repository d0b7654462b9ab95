"""What happened to an incident, as both versions of PagerDuty's webhooks tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from streamgauge.sources.fields import ident, instant, items, mapping, path, text, url, word

V2: Final = "v2"
"""How the CloudEvent of a version 2 delivery is called, which may tell of several events."""

_V2_WORDS: Final = {
    "incident.trigger": "incident.triggered",
    "incident.resolve": "incident.resolved",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One event in the life of an incident."""

    event: str
    """By its name in version 3: ``incident.resolved``."""
    at: datetime | None
    incident: Mapping[str, Any]

    @property
    def subject(self) -> str | None:
        """What the incident is called over its whole life: its address in the API."""
        number = ident(self.incident, "id")
        if number is None:
            return None
        address = url(self.incident, "self")
        return address or f"https://api.pagerduty.com/incidents/{number}"

    @property
    def page(self) -> str | None:
        """The incident's page."""
        return url(self.incident, "html_url")

    @property
    def account(self) -> str:
        """The address of the account's pages."""
        return "/".join((self.page or "https://api.pagerduty.com").split("/", 3)[:3])


def changes_in(data: object) -> Iterator[Change]:
    """The events of a delivery in version 3, which has one, or 2, which may have several."""
    event = path(data, "event")
    if kind := word(event, "event_type"):
        yield Change(kind, instant(event, "occurred_at"), mapping(event, "data"))
    for message in items(data, "messages"):
        if kind := word(message, "event"):
            yield Change(
                _V2_WORDS.get(kind, kind),
                instant(message, "created_on"),
                mapping(message, "incident"),
            )


def merged(incident: object) -> bool:
    """Whether it was resolved because it became part of another one.

    Version 2 has a word for the reason, version 3 an object whose type is that.
    """
    reason = word(incident, "resolve_reason") or word(incident, "resolve_reason", "type")
    return "merge" in reason


def service_of(incident: object) -> str | None:
    """The name of PagerDuty's service."""
    return text(incident, "service", "summary") or text(incident, "service", "name")
