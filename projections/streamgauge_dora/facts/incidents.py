"""Incidents: one row for each event of their lives."""

from __future__ import annotations

from typing import Any, Final

from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge_dora.facts import artifacts
from streamgauge_dora.facts.reading import member, name, names, repository_of, sha, text
from streamgauge_dora.facts.table import FactTable

KINDS: Final = {
    "incident.detected": "detected",
    "incident.reported": "detected",
    "incident.resolved": "resolved",
}

TABLE: Final = FactTable(
    "incident_events",
    (
        ("tenant", "text", True),
        ("incident_id", "text", True),
        ("kind", "text", True),
        ("at", "timestamptz", True),
        ("service", "text", False),
        ("environment", "text", False),
        ("repository", "text", False),
        ("artifact", "text", False),
        ("root_cause", "text", False),
        ("title", "text", False),
        ("labels", "text[]", True),
        ("retracted", "boolean", True),
        ("event_key", "uuid", True),
        ("position", "bigint", True),
    ),
    """
    create index on {incident_events} (incident_id);
    create index on {incident_events} (at);
    create index on {incident_events} (position);
    """,
)


def row(recorded: RecordedCDEvent, event: Any) -> tuple[Any, ...]:
    """What the event tells of the incident."""
    content, extra = event.content, event.custom_data
    return (
        recorded.tenant,
        name(event.subject_id),
        KINDS[recorded.kind],
        event.timestamp,
        text(member(content, "service", "id")),
        text(member(content, "environment", "id")),
        repository_of(content, extra),
        artifacts.identity(content.get("artifactId")),
        sha(extra.get("rootCause")),
        text(extra.get("title")) or text(content.get("description")),
        names(extra.get("labels")),
        extra.get("retracted") is True,
        recorded.key_bytes,
        recorded.position,
    )
