"""One notification from GitHub, whichever way it came, and the making of CDEvents from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streamgauge import CloudEvent
from streamgauge.sources import Told
from streamgauge.sources.fields import word
from streamgauge_github.repository import Repository, repository_of

PREFIXES = ("com.github.", "dev.knative.source.github.")
"""How the CloudEvent types start: the receiver's own, and Knative's GitHubSource."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What GitHub said, without the way it came."""

    event: str
    """GitHub's name of it, the X-GitHub-Event header: ``pull_request``."""
    data: Mapping[str, Any]
    repository: Repository
    time: datetime
    """When the event is from, as well as the CloudEvent knows: only for what has no own time."""
    action: str
    """What happened to the thing, ``opened``; ``""`` where the payload has no action."""

    @property
    def told(self) -> Told:
        """Who says so, and when."""
        return Told(self.repository.html_url, self.time, {"repository": self.repository.html_url})


def notice_of(event: CloudEvent) -> Notice | None:
    """The notification in `event`; None where it is not about a repository or is no JSON."""
    name = event_name(event.get_type())
    data = event.get_data()
    if name is None or not isinstance(data, dict):
        return None
    repository = repository_of(data, event.get_source())
    if repository is None:
        return None
    time = event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    return Notice(name, data, repository, time, word(data, "action"))


def event_name(ce_type: str) -> str | None:
    """GitHub's name of the event in a CloudEvent type; None for another's type."""
    for prefix in PREFIXES:
        if ce_type.startswith(prefix):
            return ce_type.removeprefix(prefix)
    return None
