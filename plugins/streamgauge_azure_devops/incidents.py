"""What comes of a work item: ticket.*, and incident.* where its type or a tag makes it one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from streamgauge import CDEvent
from streamgauge.sources import turns
from streamgauge.sources.fields import instant, stamp, text, url
from streamgauge_azure_devops.notice import Notice
from streamgauge_azure_devops.options import Options
from streamgauge_azure_devops.workitems import EVENTS, Item, item_of, tags_of, ticket


def workitem(notice: Notice, options: Options) -> list[CDEvent]:
    """The ticket's event, then the incident's where the work item is or was one."""
    item = item_of(notice)
    if item is None:
        return []
    action = EVENTS[notice.event]
    was_over = (text(item.old("System.State")) or "").casefold() in options.done_states
    over = (item.state or "").casefold() in options.done_states
    return [
        ticket(item, action, was_over=was_over, over=over),
        *_incident(item, action, options, was_over=was_over, over=over),
    ]


def _incident(
    item: Item, action: str, options: Options, *, was_over: bool, over: bool
) -> list[CDEvent]:
    """incident.detected and resolved, as the type, the tags and the state say.

    One that gets its tag later was an incident from the start. One that loses it, is deleted, or
    ends as a duplicate or a mistake, is resolved with `retracted` in customData.
    """
    now = action != "deleted" and _is_one(item.value, options)
    was = {"created": False, "restored": False, "deleted": _is_one(item.value, options)}.get(
        action, _is_one(item.old, options)
    )
    changed = item.changed or item.notice.said
    made = []
    for turn in turns(was=was, now=now, was_over=was_over, over=over):
        kind = "detected" if turn in ("detected", "again") else "resolved"
        at = changed
        if turn == "detected" and action != "restored":
            at = instant(item.value("System.CreatedDate")) or changed
        if turn == "resolved" and was_over:  # it was over before anybody called it an incident
            at = item.ended or changed
        retracted = turn == "retracted" or (turn == "resolved" and item.resolution != "completed")
        made.append(_told(item, options, kind, turn, at, changed, retracted))
    return made


def _told(
    item: Item,
    options: Options,
    kind: str,
    turn: str,
    at: datetime | None,
    changed: datetime | None,
    retracted: bool,
) -> CDEvent:
    names = [
        name
        for field in ("System.AreaPath", "System.TeamProject")
        if (name := text(item.value(field))) is not None
    ]
    service = options.rule.service_of(*names)
    environment = options.rule.environment_of(*names)
    title = text(item.value("System.Title"))
    return item.notice.told.occurrence(
        f"incident.{kind}",
        *(item.subject, turn, stamp(changed)),
        at=at,
        subject=item.subject,
        content={
            "environment": {"id": environment},
            "description": title,
            "service": None if service is None else {"id": service},
        },
        url=url(item.page),
        title=title,
        labels=tags_of(item.value("System.Tags")) or None,
        severity=text(item.value("Microsoft.VSTS.Common.Severity")),
        status=item.state,
        retracted=retracted or None,
    )


def _is_one(value: Any, options: Options) -> bool:
    kind = (text(value("System.WorkItemType")) or "").casefold()
    tags = {tag.casefold() for tag in tags_of(value("System.Tags"))}
    return kind in options.incident_types or not tags.isdisjoint(options.incident_labels)
