"""Issues: ticket.*, and incident.* for those that a label makes an incident.

Of one issue that is an incident there is at most one incident: its CDEvents all have the issue's
address as their subject.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from streamgauge import CDEvent
from streamgauge.sources.fields import (
    digits,
    instant,
    named,
    path,
    sha,
    stamp,
    text,
    url,
    whole,
    word,
)
from streamgauge_github.notice import Notice
from streamgauge_github.options import Options

_RESOLUTIONS = {"completed": "completed", "not_planned": "withdrawn", "duplicate": "duplicate"}
_ROOT_CAUSE = re.compile(r"root cause:\s*([0-9a-f]{7,40})\b", re.IGNORECASE | re.ASCII)


def issues(notice: Notice, options: Options) -> list[CDEvent]:
    """The ticket's event, then the incident's where the issue is or was one."""
    issue = path(notice.data, "issue")
    number = digits(issue, "number")
    subject = url(issue, "url") or (number and f"{notice.repository.api_url}/issues/{number}")
    if not notice.action or not subject or _is_pull_request(issue, number):
        return []
    return [_ticket(notice, subject), *_incident(notice, subject, options)]


def _is_pull_request(issue: object, number: str | None) -> bool:
    """Whether this is a change, which has its own events. GitHub tells of a pull request's
    milestone as of an issue's; Knative loses the member that says so, but not the page's name."""
    page = url(issue, "html_url") or ""
    return path(issue, "pull_request") is not None or page.endswith(f"/pull/{number}")


def _ticket(notice: Notice, subject: str) -> CDEvent:
    issue = path(notice.data, "issue")
    updated = instant(issue, "updated_at")
    done, at = {
        "opened": ("created", instant(issue, "created_at")),
        "closed": ("closed", instant(issue, "closed_at") or updated),
    }.get(notice.action, ("updated", updated))
    identity = [] if done == "created" else [notice.action, stamp(at)]
    content = _content(notice)
    if done != "created":
        content["updatedBy"] = text(notice.data, "sender", "login")
    if done == "closed":
        content["resolution"] = _RESOLUTIONS.get(word(issue, "state_reason"), "completed")
    return notice.told.occurrence(
        f"ticket.{done}",
        *(subject, f"ticket {done}", *identity),
        at=at,
        subject=subject,
        content=content,
        url=url(issue, "html_url"),
        number=whole(issue, "number"),
        action=notice.action,
    )


def _content(notice: Notice) -> dict[str, Any]:
    issue = path(notice.data, "issue")
    page = url(issue, "html_url") or url(issue, "url")
    return {
        "summary": text(issue, "title") or "",
        # GitHub shows what a deleted account wrote as written by "ghost".
        "creator": text(issue, "user", "login") or "ghost",
        "uri": page or f"{notice.repository.html_url}/issues/{digits(issue, 'number')}",
        "ticketType": word(issue, "type", "name") or None,
        "assignees": named(issue, "assignees", by="login") or None,
        "labels": named(issue, "labels") or None,
        "milestone": text(issue, "milestone", "title"),
    }


def _incident(notice: Notice, subject: str, options: Options) -> list[CDEvent]:
    """incident.detected and resolved, as the action and the labels say.

    An issue that gets its label later was an incident from the start, so it is detected when it
    was opened; if it is closed by then, it is resolved too. One that loses its last such label,
    or goes away, is resolved with `retracted` in customData: it was none.
    """
    issue = path(notice.data, "issue")
    is_one = any(label.casefold() in options.incident_labels for label in named(issue, "labels"))
    label = text(notice.data, "label", "name")
    touched = label is not None and label.casefold() in options.incident_labels
    created, updated = instant(issue, "created_at"), instant(issue, "updated_at")
    closed = instant(issue, "closed_at") or updated
    detected, resolved = "incident.detected", "incident.resolved"

    def make(kind: str, at: datetime | None, *identity: str, retracted: bool = False) -> CDEvent:
        return _about_incident(notice, options, kind, at, (subject, kind, *identity), retracted)

    match notice.action:
        case "opened" if is_one:
            return [make(detected, created, stamp(created))]
        case "labeled" if touched or (label is None and is_one):
            # The label that an issue is opened with is also reported as added, at that moment.
            events = [make(detected, created, stamp(updated))]
            if word(issue, "state") == "closed":
                events.append(make(resolved, closed, stamp(closed)))
            return events
        case "reopened" if is_one:
            return [make(detected, updated, notice.action, stamp(updated))]
        case "closed" if is_one:
            return [make(resolved, closed, stamp(closed))]
        case "unlabeled" if touched and not is_one:
            return [make(resolved, updated, notice.action, stamp(updated), retracted=True)]
        case "deleted" | "transferred" if is_one:
            return [make(resolved, updated, notice.action, stamp(updated), retracted=True)]
    return []


def _about_incident(
    notice: Notice,
    options: Options,
    kind: str,
    at: datetime | None,
    identity: tuple[str, ...],
    retracted: bool,
) -> CDEvent:
    issue = path(notice.data, "issue")
    found = _ROOT_CAUSE.search(text(issue, "body") or "")
    cause = found[1].lower() if found else None
    commit = sha(cause)
    return notice.told.occurrence(
        kind,
        *identity,
        at=at,
        subject=identity[0],
        content={
            "environment": {"id": options.incident_environment},
            "description": text(issue, "title"),
            "service": notice.repository.reference,
            "artifactId": commit and notice.repository.artifact(commit),
        },
        url=url(issue, "html_url"),
        title=text(issue, "title"),
        rootCause=cause,
        labels=named(issue, "labels") or None,
        action=notice.action,
        retracted=retracted or None,
    )
