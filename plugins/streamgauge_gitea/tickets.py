"""Issues: ticket.*, and incident.* for those that a label makes an incident.

Of one issue that is an incident there is at most one incident: its CDEvents all have the issue's
page as their subject.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from streamgauge import CDEvent
from streamgauge.sources.fields import digits, named, path, sha, stamp, text, whole, word
from streamgauge_gitea.notice import Notice, when
from streamgauge_gitea.options import Options

_DETECTED, _RESOLVED = "incident.detected", "incident.resolved"
_ROOT_CAUSE = re.compile(r"root cause:\s*([0-9a-f]{7,40})\b", re.IGNORECASE | re.ASCII)


def issues(notice: Notice, options: Options) -> list[CDEvent]:
    """The ticket's event, then the incident's where the issue is or was one."""
    issue = path(notice.data, "issue")
    number = digits(issue, "number") or digits(notice.data, "number")
    if not notice.action or number is None or path(issue, "pull_request") is not None:
        return []
    subject = f"{notice.repository.page}/issues/{number}"
    return [_ticket(notice, subject), *_incident(notice, subject, options)]


def _ticket(notice: Notice, subject: str) -> CDEvent:
    issue = path(notice.data, "issue")
    updated = when(issue, "updated_at")
    done, at = {
        "opened": ("created", when(issue, "created_at")),
        "closed": ("closed", when(issue, "closed_at") or updated),
    }.get(notice.action, ("updated", updated))
    identity = [] if done == "created" else [notice.action, stamp(at)]
    content = _content(notice, subject)
    if done != "created":
        content["updatedBy"] = notice.sender
    if done == "closed":
        content["resolution"] = "completed"
    return notice.told.occurrence(
        f"ticket.{done}",
        *(subject, f"ticket {done}", *identity),
        at=at,
        subject=subject,
        content=content,
        url=subject,
        number=whole(issue, "number"),
        action=notice.action,
    )


def _content(notice: Notice, subject: str) -> dict[str, Any]:
    issue = path(notice.data, "issue")
    return {
        "summary": text(issue, "title") or "",
        # What a deleted account wrote is shown as written by "Ghost".
        "creator": text(issue, "user", "login") or "Ghost",
        "uri": subject,
        "assignees": named(issue, "assignees", by="login") or None,
        "labels": named(issue, "labels") or None,
        "milestone": text(issue, "milestone", "title"),
    }


def _incident(notice: Notice, subject: str, options: Options) -> list[CDEvent]:
    """incident.detected and resolved, as the action and the labels say.

    An issue that gets its label later was an incident from the start, so it is detected when it
    was opened; if it is closed by then, it is resolved too. One that loses its last such label,
    or is deleted, is resolved with `retracted` in customData: it was none.
    """
    issue = path(notice.data, "issue")
    is_one = _labelled(named(issue, "labels"), options)
    created, updated = when(issue, "created_at"), when(issue, "updated_at")
    closed = when(issue, "closed_at") or updated

    def make(kind: str, at: datetime | None, *identity: str, retracted: bool = False) -> CDEvent:
        return _about(notice, options, kind, at, (subject, kind, *identity), retracted)

    match notice.action:
        case "opened" if is_one:
            return [make(_DETECTED, created, stamp(created))]
        # Of which labels it has, and not of which are new: the same as before, if it is known.
        case "label_updated" if is_one:
            events = [make(_DETECTED, created, stamp(created))]
            if word(issue, "state") == "closed":
                events.append(make(_RESOLVED, closed, stamp(closed)))
            return events
        case "label_updated" | "label_cleared" if _labelled(_taken_away(notice), options):
            return [make(_RESOLVED, updated, notice.action, stamp(updated), retracted=True)]
        case "reopened" if is_one:
            return [make(_DETECTED, updated, notice.action, stamp(updated))]
        case "closed" if is_one:
            return [make(_RESOLVED, closed, stamp(closed))]
        case "deleted" if is_one:
            return [make(_RESOLVED, updated, notice.action, stamp(updated), retracted=True)]
    return []


def _labelled(labels: list[str], options: Options) -> bool:
    return any(label.casefold() in options.incident_labels for label in labels)


def _taken_away(notice: Notice) -> list[str]:
    """The labels that the issue has lost, which only newer releases of either say."""
    one = text(notice.data, "label", "name")
    return [*named(notice.data, "changes", "removed_labels"), *([one] if one else [])]


def _about(
    notice: Notice,
    options: Options,
    kind: str,
    at: datetime | None,
    identity: tuple[str, ...],
    retracted: bool,
) -> CDEvent:
    issue, repository = path(notice.data, "issue"), notice.repository
    found = _ROOT_CAUSE.search(text(issue, "body") or "")
    cause = found[1].lower() if found else None
    commit = sha(cause)
    service = options.rule.service_of(repository.full_name) or repository.full_name
    return notice.told.occurrence(
        kind,
        *identity,
        at=at,
        subject=identity[0],
        content={
            "environment": {"id": options.rule.environment},
            "description": text(issue, "title"),
            "service": {"id": service, "source": repository.page},
            "artifactId": commit and repository.artifact(commit),
        },
        url=identity[0],
        title=text(issue, "title"),
        rootCause=cause,
        labels=named(issue, "labels") or None,
        action=notice.action,
        retracted=retracted or None,
    )
