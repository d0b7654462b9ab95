"""One notification from Jira, and where that Jira is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from streamgauge import CloudEvent
from streamgauge.sources import Told
from streamgauge.sources.fields import instant, text, url

PREFIX: Final = "com.atlassian.jira."
"""How the CloudEvent types start; Jira's name of the event follows, without its own ``jira:``."""

_SELF = re.compile(r"(.+?)/rest/.*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Notice:
    """What Jira said."""

    event: str
    """``issue_updated``."""
    data: dict[str, Any]
    site: str
    """Where the Jira is, ``https://acme.atlassian.net``; ``""`` where nothing says it."""
    said: datetime | None
    """When it happened, by Jira's own clock."""
    told: Told


def site_of(data: dict[str, Any]) -> str:
    """Where the Jira is, by the address of the issue or the version in its API."""
    address = text(data, "issue", "self") or text(data, "version", "self") or ""
    match = _SELF.fullmatch(address)
    return match[1] if match and url(match[1]) else ""


def said(data: dict[str, Any]) -> datetime | None:
    """When the event happened, in milliseconds since 1970."""
    return instant(data, "timestamp", unit="ms")


def notice_of(event: CloudEvent) -> Notice | None:
    """The notification in `event`; None where it is no JSON."""
    data = event.get_data()
    if not isinstance(data, dict):
        return None
    time = event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    site = site_of(data)
    name = event.get_type().removeprefix(PREFIX)
    return Notice(name, data, site, said(data), Told(site or "/jira", time))
