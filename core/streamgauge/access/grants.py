"""What somebody may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from streamgauge.patterns import Pattern

Role = Literal["ingest", "read", "admin"]

ROLES: Final[Sequence[Role]] = ("ingest", "read", "admin")
"""To deliver events; to ask; to ask, and to change what is made of the events."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a caller may do, and within which bounds."""

    name: str
    """For people: of the token, or of where it stands."""
    roles: frozenset[Role]
    tenant: str | None = None
    """The only tenant that it has to do with; None means any."""
    sources: tuple[str, ...] = ()
    """The `source` of an event that it delivers must be one of these, in which ``*`` stands for
    anything; none means any."""
    rate: int | None = None
    """Requests per minute, in each process; None means no limit."""
    max_event_bytes: int | None = None
    """The largest event that it may deliver; None means that of the settings."""

    def may(self, role: Role) -> bool:
        """Whether it has the role. Who administers may ask, too."""
        return role in self.roles or (role == "read" and "admin" in self.roles)

    def covers(self, source: str) -> bool:
        """Whether it may deliver events of this source."""
        if not self.sources:
            return True
        # A star is no way up: https://ci/shop/../other is not below https://ci/shop/*.
        climbs = ".." in source.split("/") and source not in self.sources
        return not climbs and any(each.matches(source) for each in _patterns(self.sources))


@lru_cache(maxsize=1000)
def _patterns(sources: tuple[str, ...]) -> Sequence[Pattern]:
    return [*map(Pattern, sources)]
