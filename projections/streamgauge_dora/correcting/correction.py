"""A correction of a link, as an event of the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from streamgauge import Event
from streamgauge.cdevents import LINK_CORRECTED, event_id, in_cloudevent
from streamgauge.cdevents.building import build_event
from streamgauge.timestamps import format_rfc3339

SOURCE: Final = "/v1/links"
WHAT: Final = ("change", "incident", "fix")
"""A change is shipped by a deployment, an incident due to it, or ended (fixed) by it."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody says of one link, and when; of several, the latest counts."""

    what: str
    thing: str
    """The change's or the incident's id."""
    deployment: str
    """Its id, the id of its event, or what its tool calls it."""
    linked: bool
    at: datetime
    by: str | None = None
    reason: str | None = None

    def event(self) -> Event:
        """The CloudEvent around the CDEvent. The same correction, said again, is the same event.

        Raises InvalidCDEvent and InvalidCloudEvent for texts that no event may have.
        """
        at = format_rfc3339(self.at)
        said = "linked" if self.linked else "not linked"
        identity = (self.what, self.thing, self.deployment, said, at)
        return in_cloudevent(
            build_event(
                LINK_CORRECTED,
                event_id("correction", *identity, self.by or "", self.reason or ""),
                SOURCE,
                self.at,
                self.thing,
                {
                    "what": self.what,
                    "deployment": self.deployment,
                    "linked": self.linked,
                    "by": self.by,
                    "reason": self.reason,
                },
            )
        )
