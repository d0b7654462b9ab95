"""Incidents: work items of the type Incident, and issues that a label makes one.

Of one work item there is at most one incident: its CDEvents all have its page as their subject.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from streamgauge import CDEvent
from streamgauge.sources.fields import ident, instant, named, path, sha, stamp, text, word
from streamgauge_gitlab.notice import Notice
from streamgauge_gitlab.options import Options

_ATTRIBUTES = "object_attributes"
_DETECTED, _RESOLVED = "incident.detected", "incident.resolved"
_ROOT_CAUSE = re.compile(r"root cause:\s*([0-9a-f]{7,40})\b", re.IGNORECASE | re.ASCII)


def incident(notice: Notice, subject: str, options: Options) -> list[CDEvent]:
    """incident.detected and resolved, as the action, the type, the labels and the status say.

    One that becomes an incident later was one from the start, so it is detected when it was
    opened; if it is closed by then, it is resolved too. One that loses its last such label, is a
    duplicate, or is moved to another project, is resolved with `retracted`: it was none.
    """
    item = path(notice.data, _ATTRIBUTES)
    by_type = word(item, "type") == "incident"
    is_one = by_type or _labelled(named(notice.data, "labels", by="title"), options)
    created, updated = instant(item, "created_at"), instant(item, "updated_at")
    closed = instant(item, "closed_at") or updated

    def make(kind: str, at: datetime | None, *identity: str, retracted: bool = False) -> CDEvent:
        return _about(notice, options, kind, at, (subject, kind, *identity), retracted)

    match notice.action:
        case "open" if is_one:
            return [make(_DETECTED, created, stamp(created))]
        case "reopen" if is_one:
            return [make(_DETECTED, updated, "reopen", stamp(updated))]
        case "close" if is_one:
            moved = ident(item, "duplicated_to_id") or ident(item, "moved_to_id")
            return [make(_RESOLVED, closed, stamp(closed), retracted=moved is not None)]
        case "update":
            was_one = by_type or _labelled(_before(notice), options)
            if is_one and not was_one:
                events = [make(_DETECTED, created, stamp(updated))]
                if word(item, "state") == "closed":
                    events.append(make(_RESOLVED, closed, stamp(closed)))
                return events
            if was_one and not is_one:
                return [make(_RESOLVED, updated, "update", stamp(updated), retracted=True)]
            if is_one and word(item, "state") != "closed":
                return _still(notice, make, created, updated)
    return []


def _still(
    notice: Notice,
    make: Callable[..., CDEvent],
    created: datetime | None,
    updated: datetime | None,
) -> list[CDEvent]:
    """What a change of the status of one that is open says.

    Nothing tells that an issue was given the type Incident. So each update of one says again that
    it was detected when it was opened, which is the same event as before if that is known.
    """
    status = path(notice.data, "changes", "escalation_status")
    before, now = word(status, "previous"), word(status, "current")
    if now == "resolved" != before:
        return [make(_RESOLVED, updated, "status", stamp(updated))]
    if before == "resolved" and now:
        return [make(_DETECTED, updated, "status", stamp(updated))]
    is_typed = word(notice.data, _ATTRIBUTES, "type") == "incident"
    return [make(_DETECTED, created, stamp(created))] if is_typed else []


def _labelled(labels: list[str], options: Options) -> bool:
    return any(label.casefold() in options.incident_labels for label in labels)


def _before(notice: Notice) -> list[str]:
    """The labels before this change; those of now where it did not change them."""
    changed = path(notice.data, "changes", "labels")
    if not isinstance(changed, dict):
        return named(notice.data, "labels", by="title")
    return named(changed, "previous", by="title")


def _about(
    notice: Notice,
    options: Options,
    kind: str,
    at: datetime | None,
    identity: tuple[str, ...],
    retracted: bool,
) -> CDEvent:
    item, project = path(notice.data, _ATTRIBUTES), notice.project
    found = _ROOT_CAUSE.search(text(item, "description") or "")
    cause = found[1].lower() if found else None
    commit = sha(cause)
    return notice.told.occurrence(
        kind,
        *identity,
        at=at,
        subject=identity[0],
        content={
            "environment": {"id": options.environment},
            "description": text(item, "title"),
            "service": {"id": options.service_of(project.path), "source": project.page},
            "artifactId": commit and project.artifact(commit),
        },
        url=identity[0],
        title=text(item, "title"),
        rootCause=cause,
        labels=named(notice.data, "labels", by="title") or None,
        severity=text(item, "severity"),
        status=text(item, "escalation_status"),
        action=notice.action,
        retracted=retracted or None,
    )
