"""One notification from GitLab, whichever way it came, and the making of CDEvents from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streamgauge import CloudEvent
from streamgauge.sources import Told
from streamgauge.sources.fields import text, word
from streamgauge_gitlab.project import Project, project_of

PREFIX = "com.gitlab."
KNATIVE = ("dev.knative.sources.gitlab.", "dev.knative.sources.gitlabsource.")
"""How the types of Knative's GitLabSource start, and those of its first releases."""

_KIND = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Notice:
    """What GitLab said, without the way it came."""

    kind: str
    """GitLab's name of the event, ``merge_request``."""
    data: Mapping[str, Any]
    project: Project
    time: datetime
    """When the event is from, as well as the CloudEvent knows: only for what has no own time."""
    action: str
    """What happened to the thing, ``open``; ``""`` where the payload has no action."""

    @property
    def told(self) -> Told:
        """Who says so, and when."""
        return Told(self.project.page, self.time, {"repository": self.project.page})

    @property
    def user(self) -> str | None:
        """The account that made it happen."""
        return text(self.data, "user", "username") or text(self.data, "user_username")


def notice_of(event: CloudEvent) -> Notice | None:
    """The notification in `event`; None where it is not about a project or is no JSON."""
    data = event.get_data()
    if not isinstance(data, dict):
        return None
    project = project_of(data, event.get_source())
    if project is None:
        return None
    time = event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    action = word(data, "object_attributes", "action") or word(data, "action")
    kind = kind_of(data) or event.get_type().rpartition(".")[2]
    return Notice(kind, data, project, time, action)


def kind_of(data: object) -> str | None:
    """GitLab's name of the event. The header is no help: of a system hook it is always the same,
    of a confidential issue it is another, and of a job too."""
    for key in ("object_kind", "event_name"):
        if _KIND.fullmatch(found := word(data, key)):
            return found
    return None
