"""What is remembered of an issue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

from streamgauge_sentry.hooks import Said, What

WAITING: Final = 20
"""How much of what was done to an issue is kept while it is no incident: the newest."""


class Memory:
    """Since when an issue is an incident, where that is, and what was done to it before.

    Hooks overtake each other, and few issues ever are incidents: so what is done to one waits
    until it is known to be after its beginning.
    """

    def __init__(self, state: Mapping[str, Any] | None) -> None:
        found = state or {}
        self._since: str | None = found.get("since")
        self.site: str | None = found.get("site")
        self.environment: str | None = found.get("environment")
        self.project: str | None = found.get("project")
        self._waiting: set[tuple[str, What]] = {
            (at, cast(What, what)) for at, what in found.get("waiting", ())
        }

    def begin(self, at: datetime) -> None:
        """It is an incident since `at`, or since before."""
        self._since = min(_fixed(at), self._since or _fixed(at))

    def hear(self, said: Said) -> None:
        """Where it is, and what was done to it."""
        self.site = said.site or self.site
        self.environment = said.environment or self.environment
        self.project = said.project or self.project
        if said.what is not None and said.what != "begins":
            self._waiting.add((_fixed(said.at), said.what))

    def release(self) -> Iterator[tuple[datetime, What]]:
        """What was done to it since it is an incident, each once."""
        for at, what in sorted(self._waiting):
            if self._since is not None and at >= self._since:
                self._waiting.remove((at, what))
                yield datetime.fromisoformat(at), what

    def state(self) -> dict[str, Any]:
        """The memory, for the transformer to return."""
        waiting = sorted(self._waiting)[-WAITING:]
        return {
            "since": self._since,
            "site": self.site,
            "environment": self.environment,
            "project": self.project,
            "waiting": [list(each) for each in waiting],
        }


def _fixed(at: datetime) -> str:
    """Of fixed width, so that the texts sort as the instants do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
