"""Issues and other work items: ticket.*, and what makes one an incident (`incidents`)."""

from __future__ import annotations

from typing import Any

from streamgauge import CDEvent
from streamgauge.sources.fields import ident, instant, named, path, stamp, text, whole, word
from streamgauge_gitlab.incidents import incident
from streamgauge_gitlab.notice import Notice
from streamgauge_gitlab.options import Options

_ATTRIBUTES = "object_attributes"


def issue(notice: Notice, options: Options) -> list[CDEvent]:
    """The ticket's event, then the incident's where it is or was one."""
    number = ident(notice.data, _ATTRIBUTES, "iid")
    if number is None or not notice.action:
        return []
    # Issues, incidents and tasks share their numbers.
    subject = notice.project.part("issues", number)
    return [_ticket(notice, subject), *incident(notice, subject, options)]


def _ticket(notice: Notice, subject: str) -> CDEvent:
    item = path(notice.data, _ATTRIBUTES)
    updated = instant(item, "updated_at")
    done, at = {
        "open": ("created", instant(item, "created_at")),
        "close": ("closed", instant(item, "closed_at") or updated),
    }.get(notice.action, ("updated", updated))
    identity = [] if done == "created" else [notice.action, stamp(at)]
    content = _content(notice, subject)
    if done != "created":
        content["updatedBy"] = notice.user
    if done == "closed":
        content["resolution"] = _resolution(item)
    return notice.told.occurrence(
        f"ticket.{done}",
        *(subject, f"ticket {done}", *identity),
        at=at,
        subject=subject,
        content=content,
        url=subject,
        number=whole(item, "iid"),
        action=notice.action,
    )


def _content(notice: Notice, subject: str) -> dict[str, Any]:
    item = path(notice.data, _ATTRIBUTES)
    author = ident(item, "author_id")
    is_user = author is not None and author == ident(notice.data, "user", "id")
    return {
        "summary": text(item, "title") or "",
        # Of the author GitLab only gives the number, unless it is who did this.
        "creator": (notice.user if is_user else None) or author or "unknown",
        "uri": subject,
        "ticketType": word(item, "type") or None,
        "assignees": named(notice.data, "assignees", by="username") or None,
        "labels": named(notice.data, "labels", by="title") or None,
    }


def _resolution(item: object) -> str:
    if ident(item, "duplicated_to_id"):
        return "duplicate"
    return "withdrawn" if ident(item, "moved_to_id") else "completed"
