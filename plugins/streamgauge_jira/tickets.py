"""Issues as tickets: ticket.*"""

from __future__ import annotations

from typing import Any, Final

from streamgauge import CDEvent
from streamgauge.sources.fields import ident, mapping, named, text, url
from streamgauge_jira.issue import Issue
from streamgauge_jira.options import Options

_TYPES: Final = {
    "bug": "bug",
    "improvement": "enhancement",
    "incident": "incident",
    "[system] incident": "incident",
    "new feature": "enhancement",
    "story": "enhancement",
    "sub-task": "task",
    "subtask": "task",
    "task": "task",
}
_PRIORITIES: Final = {
    **dict.fromkeys(("blocker", "critical", "highest", "high"), "high"),
    **dict.fromkeys(("major", "medium"), "medium"),
    **dict.fromkeys(("low", "lowest", "minor", "trivial"), "low"),
}
_WITHDRAWN: Final = (
    "abandoned",
    "cannot reproduce",
    "canceled",
    "cancelled",
    "declined",
    "incomplete",
    "invalid",
    "not a bug",
    "rejected",
    "won't do",
    "won't fix",
)


def ticket(issue: Issue, options: Options) -> CDEvent:
    """ticket.created, closed or, for every other change, updated."""
    closed = issue.action == "updated" and issue.over(options) and not issue.was_over(options)
    done = "created" if issue.action == "created" else "closed" if closed else "updated"
    at = {"created": issue.created or issue.at, "closed": issue.ended(options)}.get(done, issue.at)
    identity = [] if done == "created" else [issue.action, issue.change]
    content = _content(issue)
    if done != "created":
        content["updatedBy"] = person(issue.notice.data, "user")
    if done == "closed":
        content["resolution"] = resolution(issue)
    return issue.notice.told.occurrence(
        f"ticket.{done}",
        *(issue.subject, f"ticket {done}", *identity),
        at=at,
        subject=issue.subject,
        content=content,
        url=url(issue.page),
        key=issue.key,
        action=issue.action,
        status=issue.status,
    )


def resolution(issue: Issue) -> str:
    """CDEvents' word for how it ended, by the name of Jira's resolution, else of the status."""
    named_ = text(issue.fields, "resolution", "name") or issue.status or ""
    ended = named_.strip().casefold().replace("\u2019", "'")
    if ended == "duplicate":
        return "duplicate"
    return "withdrawn" if ended in _WITHDRAWN else "completed"


def person(data: object, *keys: str) -> str | None:
    """What somebody is called; never the e-mail address."""
    found = mapping(data, *keys)
    return text(found, "displayName") or text(found, "name") or ident(found, "accountId")


def _content(issue: Issue) -> dict[str, Any]:
    fields = issue.fields
    kind = (text(fields, "issuetype", "name") or "").strip().lower()
    priority = (text(fields, "priority", "name") or "").strip().lower()
    assignee = person(fields, "assignee")
    return {
        "summary": text(fields, "summary") or "",
        "creator": person(fields, "creator") or person(fields, "reporter") or "unknown",
        "uri": issue.page,
        "ticketType": _TYPES.get(kind, kind) or None,
        "priority": _PRIORITIES.get(priority),
        "assignees": [assignee] if assignee else None,
        "labels": issue.labels or None,
        "milestone": next(iter(named(fields, "fixVersions")), None),
    }
