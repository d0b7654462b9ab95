"""What a hook says of an issue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from streamgauge import CloudEvent
from streamgauge.sources.fields import ident, instant, path, sha, text, url, word
from streamgauge_sentry.options import Options
from streamgauge_sentry.receiver import site

What = Literal["begins", "again", "ends", "retracted"]

_ALERT: Final = "event_alert.triggered"
_WHAT: Final[dict[str, What]] = {
    "unresolved": "again",
    "resolved": "ends",
    "archived": "retracted",
    "ignored": "retracted",  # as archived was called
}
HOOKS: Final = (_ALERT, "issue.created", *(f"issue.{action}" for action in _WHAT))
"""Those that are read, as they end the types of CloudEvents."""


@dataclass(frozen=True, slots=True)
class Said:
    """One hook about an issue."""

    issue: str
    what: What | None
    """None where it only says that there is one."""
    at: datetime
    inferred: bool
    """Whether `at` is when the hook was sent: of what is done to an issue Sentry says no time."""
    since: datetime | None
    """Since when it is an incident, by its level alone."""
    told: Mapping[str, Any]
    """What customData has of the issue."""
    details: Mapping[str, Any]
    """What it has of this hook alone."""
    site: str | None
    project: str | None
    environment: str | None
    title: str | None


def said_by(event: CloudEvent, options: Options) -> Said | None:
    """What the hook in `event` says; None for what has to do with no incident."""
    sent = event.get_time()
    assert sent is not None, "Streamgauge gives every event a time"
    data, where = path(event.get_data(), "data"), site(event.get_data())
    if event.get_type().endswith(_ALERT):
        return _alert(data, where, sent, options)
    return _issue(data, where, word(event.get_data(), "action"), sent, options)


def _alert(data: object, where: str | None, sent: datetime, options: Options) -> Said | None:
    """An alert rule was triggered, by an event of the issue."""
    event = path(data, "event")
    issue, rule = ident(event, "issue_id"), text(data, "triggered_rule")
    if issue is None or not options.is_incident(rule):
        return None
    at = instant(event, "datetime") or instant(event, "timestamp")
    return Said(
        issue=issue,
        what="begins",
        at=at or sent,
        inferred=at is None,
        since=None,
        told={
            "url": url(event, "web_url"),
            "severity": word(event, "level") or None,
        },
        details={"rule": rule, "release": text(event, "release")},
        site=where,
        project=_project(event),
        environment=text(event, "environment"),
        title=text(event, "title"),
    )


def _issue(
    data: object, where: str | None, action: str, sent: datetime, options: Options
) -> Said | None:
    """Something was done to an issue, or there is a new one."""
    issue = path(data, "issue")
    number, level = ident(issue, "id"), word(issue, "level")
    what, counts = _WHAT.get(action), level in options.incident_levels
    if number is None or (what is None and not counts):
        return None
    return Said(
        issue=number,
        what=what,
        at=sent,
        inferred=True,
        since=instant(issue, "firstSeen") if counts else None,
        told={
            "url": url(issue, "web_url") or url(issue, "permalink"),
            "severity": level or None,
            "shortId": text(issue, "shortId"),
        },
        details={
            "substatus": word(issue, "substatus") or None,
            "fixedInRelease": text(issue, "statusDetails", "inRelease"),
            "fixedInCommit": sha(issue, "statusDetails", "inCommit", "id")
            or sha(issue, "statusDetails", "inCommit", "commit"),
        },
        site=where,
        project=text(issue, "project", "slug"),
        environment=None,
        title=text(issue, "title"),
    )


def _project(event: object) -> str | None:
    """The project's slug. Of an event only its address in the API has that:
    ``.../projects/<organisation>/<project>/events/...``."""
    parts = (url(event, "url") or "").partition("/projects/")[2].split("/")
    return parts[1] if len(parts) > 2 and parts[1] else None
