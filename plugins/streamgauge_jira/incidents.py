"""incident.* for issues that their type or a label makes incidents."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from streamgauge import CDEvent
from streamgauge.sources import turns
from streamgauge.sources.fields import items, path, text, url
from streamgauge_jira.issue import Issue
from streamgauge_jira.options import Options
from streamgauge_jira.tickets import resolution

_ROOT_CAUSE: Final = re.compile(r"root cause:\s*([0-9a-f]{7,40})\b", re.IGNORECASE | re.ASCII)


def incident(issue: Issue, options: Options) -> list[CDEvent]:
    """incident.detected and resolved, as the type, the labels and the status say.

    One that gets its label later was an incident from the start. One that loses it, is deleted, or
    ends as a duplicate or is withdrawn, is resolved with `retracted` in customData.
    """
    now = issue.action != "deleted" and issue.is_incident(options)
    told = turns(
        was=issue.was_incident(options),
        now=now,
        was_over=issue.was_over(options),
        over=issue.over(options),
    )
    made = []
    for turn in told:
        at = issue.at
        if turn == "detected":
            at = issue.created or at
        retracted = turn == "retracted"
        if turn == "resolved":
            at, retracted = issue.ended(options), resolution(issue) != "completed"
        kind = "detected" if turn in ("detected", "again") else "resolved"
        made.append(_told(issue, options, kind, turn, at, retracted))
    return made


def _told(
    issue: Issue,
    options: Options,
    kind: str,
    turn: str,
    at: datetime | None,
    retracted: bool,
) -> CDEvent:
    title, service = text(issue.fields, "summary"), _service(issue, options)
    cause = _ROOT_CAUSE.search(text(issue.fields, "description") or "")
    # What an issue is opened as has no number; it happens once.
    change = "" if issue.action == "created" else issue.change
    return issue.notice.told.occurrence(
        f"incident.{kind}",
        *(issue.subject, turn, change),
        at=at,
        subject=issue.subject,
        content={
            "environment": {"id": _environment(issue, options)},
            "description": title,
            "service": None if service is None else {"id": service},
        },
        url=url(issue.page),
        key=issue.key,
        title=title,
        rootCause=cause[1].lower() if cause else None,
        labels=issue.labels or None,
        priority=text(issue.fields, "priority", "name"),
        status=issue.status,
        retracted=retracted or None,
    )


def _environment(issue: Issue, options: Options) -> str:
    """Where it is: what its field says, as the settings call it, else what they know it by."""
    if (given := _value(issue, options.environment_field)) is not None:
        return options.rule.environments.of(given) or given
    return options.rule.environment_of(*issue.names())


def _service(issue: Issue, options: Options) -> str | None:
    """Of which service it is: likewise, or by its component."""
    if (given := _value(issue, options.service_field)) is not None:
        return options.rule.service_of(given) or given
    names = issue.names()
    component = names[len(names) // 2] if len(names) > 1 else None
    return options.rule.service_of(*names) or component


def _value(issue: Issue, name: str | None) -> str | None:
    """What a field says: a text, an option that was chosen, or the first of several."""
    if name is None:
        return None
    value: Any = path(issue.fields, name)
    first = next(iter(items(value)), value)
    found = text(first) or text(first, "value") or text(first, "name")
    return None if found is None else found.strip()
