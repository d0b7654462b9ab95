"""A call about an issue: what it says, as it is remembered, and as a CDEvent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from streamgauge import CDEvent
from streamgauge.cdevents import event_id, new
from streamgauge.errors import InvalidInput
from streamgauge.timestamps import format_rfc3339
from streamgauge.uris import is_uri
from streamgauge_devlake.fields import Fields

STATUSES: Final = ("TODO", "DONE", "IN_PROGRESS")
_TYPES: Final = {"BUG": "bug", "REQUIREMENT": "enhancement", "TASK": "task", "SUBTASK": "task"}
_PRIORITIES: Final = {"low", "medium", "high"}
# CDEvents asks where an incident is, and an issue does not know.
_ENVIRONMENT: Final = "production"


@dataclass(frozen=True, slots=True)
class Issue:
    """What one call says of an issue."""

    key: str
    title: str
    type: str
    done: bool
    created: datetime
    updated: datetime | None
    resolved: datetime | None
    url: str | None
    creator: str
    assignee: str | None
    priority: str | None
    told: dict[str, str | None]
    """What customData repeats."""

    @classmethod
    def read(cls, document: object) -> Issue:
        """Raises InvalidInput, which names the field, for what DevLake would refuse."""
        body = Fields(document)
        body.needed("status")
        title, url = body.needed("title"), body.text("url")
        created = body.instant("createdDate")
        if created is None:
            raise InvalidInput("is needed", where="/createdDate")
        return cls(
            key=body.needed("issueKey"),
            title=title,
            type=(body.text("type") or "").upper(),
            done=body.word("status", STATUSES) == "DONE",
            created=created,
            updated=body.instant("updatedDate"),
            resolved=body.instant("resolutionDate"),
            url=url,
            creator=body.text("creatorName", "creatorId") or "unknown",
            assignee=body.text("assigneeName", "assigneeId"),
            priority=body.text("priority"),
            told={
                "title": title,
                "url": url,
                "status": body.text("originalStatus"),
                "severity": body.text("severity"),
                "component": body.text("component"),
            },
        )

    @property
    def incident(self) -> bool:
        """Whether it is one; every other issue is a ticket."""
        return self.type == "INCIDENT"


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes the CDEvents about one issue that one CloudEvent gives."""

    source: str
    subject: str
    service: str
    call: str
    """The CloudEvent's id, which stands for a time that the call does not say."""
    accepted: datetime

    def incident(
        self, done: str, at: datetime | None, issue: Issue | None, *, retracted: bool = False
    ) -> CDEvent:
        """incident.detected or incident.resolved; `issue` is None where a call names only a key."""
        content = {
            "environment": {"id": _ENVIRONMENT},
            "service": {"id": self.service},
            "description": issue and issue.title,
        }
        custom = {**(issue.told if issue else {}), "retracted": retracted or None}
        identity = ["retracted"] if retracted else []
        return self._make(f"incident.{done}", at, content, custom, *identity)

    def ticket(self, done: str, at: datetime | None, issue: Issue | None, uri: str) -> CDEvent:
        """ticket.created, updated or closed."""
        content: dict[str, Any] = {"uri": uri}
        if issue is not None:
            priority = (issue.priority or "").lower()
            content |= {
                "summary": issue.title,
                "creator": issue.creator,
                "ticketType": _TYPES.get(issue.type),
                "priority": priority if priority in _PRIORITIES else None,
                "assignees": [issue.assignee] if issue.assignee else None,
            }
        if done == "closed":
            content["resolution"] = "completed"
        return self._make(f"ticket.{done}", at, content, dict(issue.told) if issue else {})

    def uri(self, issue: Issue) -> str:
        """Where the ticket is: its page, else its name here, which is a URI too."""
        return issue.url if issue.url and is_uri(issue.url) else self.subject

    def _make(
        self,
        kind: str,
        at: datetime | None,
        content: dict[str, Any],
        custom: dict[str, Any],
        *identity: str,
    ) -> CDEvent:
        when = self.call if at is None else format_rfc3339(at)
        return new(
            kind,
            id=event_id(self.subject, kind, when, *identity),
            source=self.source,
            timestamp=at or self.accepted,
            subject_id=self.subject,
            content=content,
            custom_data={**custom, "timestampInferred": True if at is None else None},
        )
