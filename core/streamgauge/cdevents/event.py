"""A CDEvent as plugins build and read it, whatever release of the specification it is from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from streamgauge.cdevents.vocabulary import newest
from streamgauge.timestamps import format_rfc3339, parse_rfc3339

_IDS = UUID("7b0a9d6e-3c0f-5c4b-9a3e-5d0c6f6a2f10")

DEPLOYMENT_FAILED = "dev.cdeventsx.streamgauge-deployment.failed.0.1.0"
"""A deployment that was tried and did not succeed.

CDEvents has no type for it, so this is a custom event. Its subject and content are those of
service.deployed: the service's id, `environment` and `artifactId`.
"""


class CDEvent:
    """One CDEvent: its document and the fields that every release has under one name.

    `document` is the whole CDEvent as JSON-like Python: context, subject, customData.
    """

    __slots__ = ("document",)

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @property
    def id(self) -> str:
        """`context.id`, unique within the source."""
        return str(self.document["context"]["id"])

    @property
    def source(self) -> str:
        """`context.source`, a URI reference."""
        return str(self.document["context"]["source"])

    @property
    def type(self) -> str:
        """`context.type` with its version, ``dev.cdevents.service.deployed.0.3.0``."""
        return str(self.document["context"]["type"])

    @property
    def timestamp(self) -> datetime:
        """`context.timestamp`: when it happened, in UTC."""
        return parse_rfc3339(self.document["context"]["timestamp"])

    @property
    def subject_id(self) -> str:
        """`subject.id`: the same over the life of the thing."""
        return str(self.document["subject"]["id"])

    @property
    def subject_source(self) -> str | None:
        """`subject.source`, where the subject's id is unique; None means the event's source."""
        source = self.document["subject"].get("source")
        return None if source is None else str(source)

    @property
    def content(self) -> Mapping[str, Any]:
        """`subject.content`; its fields depend on the type."""
        content: Mapping[str, Any] = self.document["subject"].get("content") or {}
        return content

    @property
    def custom_data(self) -> Mapping[str, Any]:
        """`customData` where it is an object, else empty."""
        data = self.document.get("customData")
        return data if isinstance(data, Mapping) else {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CDEvent) and self.document == other.document

    def __hash__(self) -> int:
        return hash((self.source, self.id))

    def __repr__(self) -> str:
        return f"CDEvent({self.document!r})"


def event_id(*identity: str) -> str:
    """A `context.id` made of what identifies the occurrence in the tool that reported it.

    Give the entity's own id and the transition, ``event_id("deployments/42", "success")``; never
    a delivery id: a redelivery, a repeated notification or a second receiver of the same tool
    must give the same CDEvent, so that it counts once.
    """
    return str(uuid5(_IDS, "\0".join(identity)))


def new(
    kind: str,
    *,
    id: str,  # noqa: A002 - the specification's own word
    source: str,
    timestamp: datetime,
    subject_id: str,
    subject_source: str | None = None,
    content: Mapping[str, Any] | None = None,
    custom_data: Mapping[str, Any] | None = None,
    chain_id: str | None = None,
    links: Sequence[Mapping[str, Any]] = (),
) -> CDEvent:
    """A CDEvent of the newest release.

    `kind` is ``"service.deployed"`` for a type of the vocabulary, or a whole custom type,
    ``"dev.cdeventsx.tool-subject.predicate.0.1.0"``. Members of `content` that are None are left
    out. The event is checked when it reaches the log, not here.

    Raises UnknownName for a kind that the vocabulary does not have, ValueError for a timestamp
    without a zone.
    """
    event_type = newest(kind)
    context: dict[str, Any] = {
        "specversion": event_type.specversion,
        "id": id,
        "source": source,
        "type": event_type.name,
        "timestamp": format_rfc3339(timestamp),
    }
    if chain_id is not None:
        context["chainId"] = chain_id
    if links:
        context["links"] = [dict(link) for link in links]
    subject: dict[str, Any] = {"id": subject_id}
    if subject_source is not None:
        subject["source"] = subject_source
    subject["content"] = {k: v for k, v in (content or {}).items() if v is not None}
    document: dict[str, Any] = {"context": context, "subject": subject}
    if custom_data:
        document["customData"] = {k: v for k, v in custom_data.items() if v is not None}
    return CDEvent(document)
