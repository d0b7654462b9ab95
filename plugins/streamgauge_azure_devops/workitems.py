"""Work items: ticket.*, and what was changed of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from streamgauge import CDEvent
from streamgauge.sources.fields import ident, instant, mapping, path, stamp, text, url, whole
from streamgauge_azure_devops.notice import Notice
from streamgauge_azure_devops.project import person

EVENTS: Final = {
    "workitem.created": "created",
    "workitem.updated": "updated",
    "workitem.deleted": "deleted",
    "workitem.restored": "restored",
}
_TYPES: Final = {
    "bug": "bug",
    "task": "task",
    "incident": "incident",
    "feature": "enhancement",
    "user story": "enhancement",
    "product backlog item": "enhancement",
    "requirement": "enhancement",
}
_PRIORITIES: Final = {1: "high", 2: "medium", 3: "low", 4: "low"}
_DUPLICATE: Final = ("duplicate",)
_WITHDRAWN: Final = (
    "abandoned",
    "as designed",
    "cannot reproduce",
    "cut",
    "deferred",
    "not a bug",
    "obsolete",
    "rejected",
    "removed from the backlog",
    "won't fix",
)


@dataclass(frozen=True, slots=True)
class Item:
    """A work item as one notification has it, and as it was before."""

    notice: Notice
    number: str
    fields: dict[str, Any]
    """As it is."""
    before: dict[str, Any]
    """As it was, of fields that have changed."""
    changed: datetime | None

    @property
    def subject(self) -> str:
        """What it is called over its whole life: its address in the API of the organisation."""
        return f"{self.notice.project.organisation}/_apis/wit/workItems/{self.number}"

    @property
    def page(self) -> str:
        """Its page, else its number as a URI."""
        made = f"{self.notice.project.source}/_workitems/edit/{self.number}"
        own = f"azure-devops:{quote(self.number, safe='')}"
        return url(self.notice.data, "_links", "html", "href") or url(made) or own

    def value(self, name: str) -> Any:
        """A field as it is."""
        return self.fields.get(name)

    def old(self, name: str) -> Any:
        """A field as it was."""
        return self.before.get(name, self.fields.get(name))

    @property
    def state(self) -> str | None:
        """The state that it is in."""
        return text(self.value("System.State"))

    @property
    def ended(self) -> datetime | None:
        """When it was closed or resolved, by its own fields."""
        names = ("ResolvedDate", "ClosedDate")
        found = (instant(self.value(f"Microsoft.VSTS.Common.{name}")) for name in names)
        return next((each for each in found if each is not None), None)

    @property
    def resolution(self) -> str:
        """CDEvents' word for how it ended, by Azure's reason."""
        reason = (text(self.value("System.Reason")) or "").casefold()
        if reason in _DUPLICATE:
            return "duplicate"
        removed = (self.state or "").casefold() == "removed"
        return "withdrawn" if removed or reason in _WITHDRAWN else "completed"


def item_of(notice: Notice) -> Item | None:
    """The work item in a notification; None for what has no number."""
    data = notice.data
    number = (
        ident(data, "workItemId") or ident(data, "revision", "id") or ident(data, "id")
        if notice.event == "workitem.updated"
        else ident(data, "id")
    )
    if number is None:
        return None
    if notice.event != "workitem.updated":
        fields = mapping(data, "fields")
        created = notice.event == "workitem.created"
        # What is deleted or restored has the time of the last change before that.
        changed = instant(fields, "System.ChangedDate") if created else None
        return Item(notice, number, fields, {}, changed)
    changes = {name: each for name, each in mapping(data, "fields").items() if _is_change(each)}
    new = {name: each.get("newValue") for name, each in changes.items()}
    return Item(
        notice,
        number,
        {**mapping(data, "revision", "fields"), **new},
        {name: each.get("oldValue") for name, each in changes.items()},
        instant(new, "System.ChangedDate"),
    )


def _is_change(value: object) -> bool:
    return isinstance(value, dict) and ("newValue" in value or "oldValue" in value)


def ticket(item: Item, action: str, *, was_over: bool, over: bool) -> CDEvent:
    """ticket.created, closed or, for all else, updated."""
    created, changed = instant(item.value("System.CreatedDate")), item.changed or item.notice.said
    closed = action == "updated" and over and not was_over
    done = "created" if action == "created" else "closed" if closed else "updated"
    at = created or changed if done == "created" else changed
    identity = [] if done == "created" else [action, stamp(at)]
    content = _content(item)
    if done != "created":
        content["updatedBy"] = person(path(item.notice.data, "revisedBy")) or person(
            item.value("System.ChangedBy")
        )
    if done == "closed":
        content["resolution"] = item.resolution
    return item.notice.told.occurrence(
        f"ticket.{done}",
        *(item.subject, f"ticket {done}", *identity),
        at=at,
        subject=item.subject,
        content=content,
        url=url(item.page),
        action=action,
        status=item.state,
    )


def _content(item: Item) -> dict[str, Any]:
    kind = text(item.value("System.WorkItemType"))
    assignee = person(item.value("System.AssignedTo"))
    priority = whole(item.value("Microsoft.VSTS.Common.Priority"))
    return {
        "summary": text(item.value("System.Title")) or "",
        "creator": person(item.value("System.CreatedBy")) or "unknown",
        "uri": item.page,
        "ticketType": None if kind is None else _TYPES.get(kind.casefold(), kind.lower()),
        "priority": None if priority is None else _PRIORITIES.get(priority),
        "assignees": [assignee] if assignee else None,
        "labels": tags_of(item.value("System.Tags")) or None,
        "milestone": text(item.value("System.IterationPath")),
    }


def tags_of(value: object) -> list[str]:
    """The tags in a field, which is one text."""
    return [tag for each in (text(value) or "").split(";") if (tag := each.strip())]
