"""One notification from Bitbucket, and the making of CDEvents from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from streamgauge import CloudEvent
from streamgauge.sources import Told
from streamgauge_bitbucket.repository import Repository, repository_of

PREFIX: Final = "org.bitbucket."
"""How the CloudEvent types start; Bitbucket's key follows, a dot for each of its colons."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What Bitbucket said."""

    event: str
    """Bitbucket's key with dots, ``pullrequest.created``; that of a Data Center ``pr.opened``."""
    data: dict[str, Any]
    repository: Repository
    time: datetime
    """When the CloudEvent is from: only for what has no time of its own."""

    @property
    def told(self) -> Told:
        """Who says so, and when."""
        return Told(self.repository.page, self.time, {"repository": self.repository.address})


def notice_of(event: CloudEvent) -> Notice | None:
    """The notification in `event`; None where it is not about a repository or is no JSON."""
    data = event.get_data()
    if not isinstance(data, dict):
        return None
    repository = repository_of(data)
    if repository is None:
        return None
    time = event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    return Notice(event.get_type().removeprefix(PREFIX), data, repository, time)
