"""A CDEvent as plugins read it, whatever release of the specification it is from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from streamgauge.timestamps import parse_rfc3339

_IDS = UUID("7b0a9d6e-3c0f-5c4b-9a3e-5d0c6f6a2f10").bytes

DEPLOYMENT_FAILED = "dev.cdeventsx.streamgauge-deployment.failed.0.1.0"
"""A deployment that was tried and did not succeed.

CDEvents has no type for it, so this is a custom event. Its subject and content are those of
service.deployed: the service's id, `environment` and `artifactId`.
"""

COMMITS_PUSHED = "dev.cdeventsx.streamgauge-commits.pushed.0.1.0"
"""Commits that reached a branch: CDEvents has no type for a push.

Its subject is the branch. Content: `repository` (a reference, ``{"id", "source"}``), `branch`,
`before` and `after` (the branch's commit before and after; absent where there was none), `forced`
(true where `before` is no ancestor of `after`), and `commits`, the new ones from the oldest to the
newest, each ``{"id", "timestamp", "author", "merge", "directories"}``: when it was written, by
whom, true for a merge of branches, and the folders of the files that it touches (``""`` for the
root). `customData.repository` is the repository's page.
"""

LINK_CORRECTED = "dev.cdeventsx.streamgauge-link.corrected.0.1.0"
"""Somebody says that a change or an incident is, or is not, linked to a deployment.

Its subject is the change's or the incident's id. Content: `what` (``change``: the deployment ships
it; ``incident``: it is due to the deployment; ``fix``: an incident that the deployment ends),
`deployment` (its id, the id of its event, or what its tool calls it), `linked` (true or false),
`by` and `reason`.
"""


class CDEvent:
    """One CDEvent: its document and the fields that every release has under one name.

    `document` is the whole CDEvent as JSON-like Python: context, subject, customData.
    `original` is the event that `upgrade` made this one of.
    """

    __slots__ = ("_original", "document")

    def __init__(self, document: Mapping[str, Any], *, original: CDEvent | None = None) -> None:
        self.document = document
        self._original = original

    @property
    def original(self) -> CDEvent:
        """The event as it was received; itself, if it has not been upgraded."""
        return self._original or self

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
        # JSON's own type first: asking for a Mapping takes far longer.
        return data if isinstance(data, dict | Mapping) else {}

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
    # `str(uuid5(...))` without the object in between, which takes three times as long.
    named = _IDS + "\0".join(identity).encode()
    digits = hashlib.sha1(named, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 0b11]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
