"""One notification from Gitea or Forgejo, and the making of CDEvents from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streamgauge import CloudEvent
from streamgauge.sources import Told
from streamgauge.sources.fields import instant, text, word
from streamgauge_gitea.repository import Repository, repository_of

GITEA, FORGEJO = "com.gitea.", "org.forgejo."
PREFIXES = (GITEA, FORGEJO)
"""How the CloudEvent types start."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What was said, whichever of the two said it."""

    event: str
    """Its name, the header X-Gitea-Event: ``pull_request``."""
    data: Mapping[str, Any]
    repository: Repository
    time: datetime
    """When the event is from, as well as the CloudEvent knows: only for what has no own time."""
    action: str
    """What happened to the thing, ``opened``; ``""`` where the payload has no action."""

    @property
    def told(self) -> Told:
        """Who says so, and when."""
        return Told(self.repository.page, self.time, {"repository": self.repository.page})

    @property
    def sender(self) -> str | None:
        """The account that made it happen."""
        return text(self.data, "sender", "login")


def notice_of(event: CloudEvent) -> Notice | None:
    """The notification in `event`; None where it is not about a repository or is no JSON."""
    name, data = event_name(event.get_type()), event.get_data()
    repository = repository_of(data)
    if name is None or repository is None or not isinstance(data, dict):
        return None
    time = event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    return Notice(name, data, repository, time, word(data, "action"))


def event_name(ce_type: str) -> str | None:
    """The name of the event in a CloudEvent type; None for another's type."""
    for prefix in PREFIXES:
        if ce_type.startswith(prefix):
            return ce_type.removeprefix(prefix)
    return None


def when(data: object, *keys: str) -> datetime | None:
    """A moment. Where nothing has happened yet, both write the first second of 1970."""
    found = instant(data, *keys)
    return found if found is not None and found.year > 1970 else None
