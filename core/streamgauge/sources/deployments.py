"""The memory that tells a deployment from an upgrade and a rollback."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, cast

Done = Literal["deployed", "upgraded", "rolledback"]

REMEMBERED: Final = 50
"""How many deployments are remembered per service and environment.

The state is read and written whole with every deployment, so it needs a bound. A rollback to
something older than the last 50 deployments is taken for an upgrade.
"""


class Deployments:
    """What was deployed in one place, in the order of time, as a stateful transformer keeps it.

    A version is whatever tells one deployed thing from another: a commit, a digest, a revision. An
    occurrence is the tool's own id of the deployment.
    """

    def __init__(self, state: Mapping[str, Any] | None) -> None:
        self._history: list[list[str]] = [
            list(each) for each in (state or {}).get("deployments", ())
        ]

    def add(
        self, at: datetime, version: str, occurrence: str, *, once: bool = False
    ) -> Done | None:
        """What this deployment was, by what was deployed before it; None for the same said again.

        One that is reported late finds its place by its time; those after it keep the name that
        they were given without it. A success of the occurrence that succeeded last, or next, is
        the same success said again, unless it is of the very same time: then it is named as
        before. Nothing before it, or the same version, is ``deployed``; a version that was there
        earlier ``rolledback``; any other ``upgraded``. With `once` an occurrence succeeds once, as
        a build does: whatever else is said of it, and when, is the same said again.
        """
        entry = [_fixed(at), version, occurrence]
        place = bisect.bisect_left(self._history, entry)
        before, after = self._history[:place], self._history[place : place + 1]
        if after and after[0][:3] == entry:
            return cast(Done, after[0][3]) if len(after[0]) > 3 else _done(before, version)
        near = self._history if once else before[-1:] + after
        if occurrence in [each[2] for each in near]:
            return None
        done = _done(before, version)
        self._history.insert(place, [*entry, done])
        del self._history[:-REMEMBERED]
        return done

    def add_change(self, at: datetime, version: str, occurrence: str) -> Done | None:
        """As `add`, and None where the version was in place already, or was so right after.

        For tools that say again and again what is deployed, under ever new occurrences, and of
        which an older report may come later: then it was in place from that time on.
        """
        if self.before(at) == version:
            return None
        place = bisect.bisect_left(self._history, [_fixed(at)])
        after = self._history[place : place + 1]
        if after and after[0][1] == version and after[0][0] > _fixed(at):
            after[0][0] = _fixed(at)
            return None
        return self.add(at, version, occurrence)

    def before(self, at: datetime) -> str | None:
        """The version that was in place just before `at`; None where nothing was."""
        place = bisect.bisect_left(self._history, [_fixed(at)])
        return self._history[place - 1][1] if place else None

    @property
    def latest(self) -> str | None:
        """The version that was deployed last; None before the first."""
        return self._history[-1][1] if self._history else None

    def state(self) -> dict[str, Any]:
        """The memory, for the transformer to return."""
        return {"deployments": self._history}


def _fixed(at: datetime) -> str:
    """Of fixed width, so that the texts sort as the instants do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _done(before: list[list[str]], version: str) -> Done:
    if not before or version == before[-1][1]:
        return "deployed"
    return "rolledback" if version in [each[1] for each in before] else "upgraded"
