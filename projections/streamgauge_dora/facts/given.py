"""Links that events state: those that tools know, and those that somebody has corrected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streamgauge.cdevents import LINK_CORRECTED, kind_of
from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge_dora.facts.reading import items, member, name, names, text
from streamgauge_dora.facts.table import FactTable

CORRECTED: Final = str(kind_of(LINK_CORRECTED))
SAID: Final = frozenset({"changes", "fixes"})
"""What a deployment's customData may say of links."""
_WHAT: Final = ("change", "incident", "fix")

TABLE: Final = FactTable(
    "given_links",
    (
        ("tenant", "text", True),
        ("what", "text", True),  # change, incident, or fix: an incident that a deployment ends
        ("thing", "text", True),  # the change's or the incident's id, or the id of an event of it
        ("deployment", "text", True),  # its id, the id of its event, or what its tool calls it
        ("linked", "boolean", True),
        ("corrected", "boolean", True),  # by somebody; else stated by a tool
        ("at", "timestamptz", True),
        ("event_key", "uuid", True),
        ("position", "bigint", True),
    ),
    """
    create index on {given_links} (thing);
    create index on {given_links} (deployment);
    create index on {given_links} (position);
    """,
)


def of_deployment(recorded: RecordedCDEvent, event: Any) -> Iterator[tuple[Any, ...]]:
    """What a deployment says that it ships and ends, and what its event is linked to."""
    extra = event.custom_data
    for what, key in (("change", "changes"), ("fix", "fixes")):
        for thing in names(extra.get(key)):
            yield _row(recorded, event, what, thing, str(recorded.key))
    # A link names an event, of whatever; those that are no change's lead nowhere.
    for linked in _linked(event):
        yield _row(recorded, event, "change", linked, str(recorded.key))


def of_incident(recorded: RecordedCDEvent, event: Any) -> Iterator[tuple[Any, ...]]:
    """The deployments that an incident says it is due to, and what its event is linked to."""
    incident = name(event.subject_id)
    for deployment in dict.fromkeys(
        [*names(event.custom_data.get("deployments")), *_linked(event)]
    ):
        yield _row(recorded, event, "incident", incident, deployment)


def correction(recorded: RecordedCDEvent, event: Any) -> Iterator[tuple[Any, ...]]:
    """What somebody says of a link."""
    content = event.content
    what, linked = text(content.get("what")), content.get("linked")
    deployment = name(content.get("deployment"))
    if what in _WHAT and isinstance(linked, bool) and deployment is not None:
        yield _row(
            recorded, event, what, name(event.subject_id), deployment, linked=linked, corrected=True
        )


def _row(
    recorded: RecordedCDEvent,
    event: Any,
    what: str,
    thing: str | None,
    deployment: str,
    *,
    linked: bool = True,
    corrected: bool = False,
) -> tuple[Any, ...]:
    return (
        recorded.tenant, what, thing, deployment, linked, corrected, event.timestamp,
        recorded.key_bytes, recorded.position,
    )  # fmt: skip


def _linked(event: Any) -> list[str]:
    """The ids of the events that this one is linked to."""
    links = items(member(event.document, "context", "links"))
    found = (
        name(member(link, "target", "contextId") or member(link, "from", "contextId"))
        for link in links
    )
    return [linked for linked in dict.fromkeys(found) if linked is not None]
