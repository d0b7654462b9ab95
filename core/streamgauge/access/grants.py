"""What somebody may do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

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
        return not self.sources or _pattern(self.sources).fullmatch(source) is not None


@lru_cache(maxsize=1000)
def _pattern(sources: tuple[str, ...]) -> re.Pattern[str]:
    texts = (".*".join(map(re.escape, source.split("*"))) for source in sources)
    return re.compile("|".join(texts), re.DOTALL)
