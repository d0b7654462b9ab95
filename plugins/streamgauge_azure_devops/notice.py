"""One notification of a service hook, and the making of CDEvents from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from streamgauge import CloudEvent
from streamgauge.sources import Told
from streamgauge.sources.fields import instant, mapping
from streamgauge_azure_devops.project import Project, project_of

PREFIX: Final = "com.azure.dev."
"""How the CloudEvent types start; the hook's own event type follows."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What Azure DevOps said."""

    event: str
    """Its event type: ``git.push``."""
    data: dict[str, Any]
    """The resource, which is what the event is about."""
    project: Project
    said: datetime | None
    """When it was said, by the payload: a little after it happened."""
    told: Told


def notice_of(event: CloudEvent) -> Notice | None:
    """The notification in `event`; None where it is no JSON."""
    data = event.get_data()
    if not isinstance(data, dict):
        return None
    time = event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    project = project_of(data)
    return Notice(
        event.get_type().removeprefix(PREFIX),
        mapping(data, "resource"),
        project,
        instant(data, "createdDate"),
        Told(project.source, time),
    )
