"""PagerDuty's events to CDEvents."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources import Places, Told, incident
from streamgauge.sources.fields import ident, instant, named, stamp, text, whole, word
from streamgauge.sources.incidents import Done
from streamgauge_pagerduty.changes import V2, Change, changes_in, merged, service_of

PREFIX: Final = "com.pagerduty."
_READ: Final = ("incident.triggered", "incident.reopened", "incident.resolved")
ROUTED: Final = tuple(PREFIX + name for name in (*_READ, V2))


class PagerDutyTransformer:
    """Incidents: detected when they are triggered or reopened, resolved when they are resolved."""

    name = "pagerduty"

    def __init__(self, places: Places) -> None:
        self._places = places

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """The CDEvents of all that a delivery tells; none for what begins or ends no incident."""
        time = event.get_time()
        assert time is not None, "Streamgauge gives every event a time"
        return [
            made
            for change in changes_in(event.get_data())
            if change.event in _READ and change.subject is not None
            for made in self._events(change, change.subject, time)
        ]

    def _events(self, change: Change, subject: str, time: datetime) -> list[CDEvent]:
        """A resolution also tells when it all began, for whoever has missed that."""

        def make(done: Done, at: datetime | None, *when: str) -> CDEvent:
            return self._incident(change, subject, time, done, at, when)

        created = instant(change.incident, "created_at")
        match change.event:
            case "incident.triggered":
                return [make("detected", created or change.at)]
            case "incident.reopened":
                return [make("detected", change.at, "reopened", stamp(change.at))]
        began = [] if created is None else [make("detected", created)]
        return [*began, make("resolved", change.at, stamp(change.at))]

    def _incident(
        self,
        change: Change,
        subject: str,
        time: datetime,
        done: Done,
        at: datetime | None,
        when: tuple[str, ...],
    ) -> CDEvent:
        told = change.incident
        service = service_of(told)
        is_part = done == "resolved" and merged(told)
        return incident(
            Told(change.account, time),
            done,
            *when,
            at=at,
            subject=subject,
            environment=self._places.environment_of(None, service),
            service=self._places.service_of(service),
            title=text(told, "title") or text(told, "description") or text(told, "summary"),
            retracted=is_part,
            url=change.page,
            number=_number(told),
            priority=text(told, "priority", "summary"),
            urgency=word(told, "urgency") or None,
            incidentType=text(told, "incident_type", "name"),
            teams=named(told, "teams", by="summary") or None,
            mergedInto=ident(told, "resolve_reason", "incident", "id") if is_part else None,
        )


def _number(told: object) -> int | None:
    number = whole(told, "number")
    return whole(told, "incident_number") if number is None else number
