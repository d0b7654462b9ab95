"""What happened at a service: the facts that the tools then report.

A history is told from the company's origin on, whatever part of it is asked for, and each day is
drawn from dice of its own. So every fact is a function of calendar days alone: played again today
it is the same, and tomorrow it is the same with one day more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from streamgauge_demo.company import ORIGIN, PEOPLE, ZONE, Service, is_workday
from streamgauge_demo.dice import Dice
from streamgauge_demo.facts import (
    Change,
    Deployment,
    Environment,
    Fact,
    Flap,
    Incident,
    Rebuild,
    Scaling,
)
from streamgauge_demo.work import commit_id

OPEN = timedelta(days=2)
"""For how long a change is open, at most."""
LONGEST = timedelta(days=3)
"""No fact reaches further back from its own time: before it is opened, a change is worked at."""

_VERBS = ("Add", "Show", "Speed up", "Simplify", "Test", "Rework", "Log", "Cache")
_TROUBLES = ("Customers see errors in", "Timeouts in", "Wrong numbers in", "No answer from")


def history(service: Service, until: date) -> list[Fact]:
    """All that happened at a service before the day `until`, in the order of time.

    A fact is drawn on the day on which it is complete. To know all that was seen of any of them
    before some moment, ask for LONGEST more.
    """
    teller = _Teller(service)
    day = ORIGIN
    while day < until:
        teller.tell(day)
        day += timedelta(days=1)
    return sorted(teller.facts, key=lambda fact: fact.at)


class _Teller:
    """Tells one day after the other, and remembers what the next one builds on."""

    def __init__(self, service: Service) -> None:
        self.facts: list[Fact] = []
        self._service = service
        self._numbers = self._deployments = 0
        self._main = [(_clock(ORIGIN, 0) - LONGEST, commit_id(service, "root"))]
        """The commits of the main branch, and since when each is its head."""
        self._staged: Change | None = None
        self._running: Change | None = None
        self._bad: Change | None = None
        """The change that did not come up or was taken back; its hotfix is due."""

    def tell(self, day: date) -> None:
        """Add the day's facts."""
        dice = Dice(self._service.name, day.isoformat())
        if self._service.reported_by == "kubernetes" and day > ORIGIN:
            self._upkeep(day, dice)  # first, for a rebuild brings back what was staged yesterday
        releases = self._service.rhythm(day, dice)
        if day == ORIGIN:
            self._merge(_clock(day, 9 * 60), dice)
            self._release(_clock(day, 10 * 60), dice)
        elif self._service.changes_a_day == 0:
            for start in _spread(releases, 8.5 * 60, 16.5 * 60):
                # A release that goes wrong is mended within the hour that is kept free here.
                merged = _clock(day, start + dice.between(0, 8 * 60 / releases - 60))
                self._merge(merged, dice)
                self._release(merged + _minutes(dice.between(24, 30)), dice)
        else:
            self._release_then_merge(day, releases, dice)
        self._troubles(day, dice)

    def _release_then_merge(self, day: date, releases: int, dice: Dice) -> None:
        """In the morning what was merged by yesterday is released; then work goes on."""
        hotfix = self._bad is not None and is_workday(day)
        if hotfix:
            self._merge(_clock(day, dice.between(8.4 * 60, 8.8 * 60)), dice)
        if releases or hotfix:
            self._release(_clock(day, dice.between(9.7 * 60, 10.3 * 60)), dice)
        merges = int(dice.between(0, self._service.changes_a_day + 0.6)) if is_workday(day) else 0
        for start in _spread(merges, 11 * 60, 16.5 * 60):
            self._merge(_clock(day, start + dice.between(0, 60)), dice)

    def _merge(self, at: datetime, dice: Dice) -> None:
        """Merge a change, build it, and bring it to staging."""
        self._numbers += 1
        number, hotfix = self._numbers, self._bad is not None
        attempts = 2 if dice.chance(0.06) else 1
        opened = at - (_minutes(dice.between(15, 40)) if hotfix else dice.between(0.05, 1) * OPEN)
        title = f"{'Fix' if hotfix else dice.pick(_VERBS)} {dice.pick(self._service.topics)}"
        undone = self._to_revert()
        change = Change(
            at=at,
            service=self._service,
            number=number,
            title=f'Revert "{undone.title}"' if undone else title,
            author=dice.pick(PEOPLE),
            opened=opened.replace(microsecond=0),
            base=next(commit for since, commit in reversed(self._main) if since <= opened),
            before=self._main[-1][1],
            commit=commit_id(self._service, str(number)),
            built=at + _minutes(dice.between(5, 7) + 8 * (attempts - 1)),
            attempts=attempts,
            hotfix=hotfix,
            reverts=undone,
        )
        self.facts.append(change)
        self._main.append((at, change.commit))
        # The first one must come up, or there would be nothing to tell about.
        if dice.chance(self._service.failing / 2) and self._staged is not None:
            self._deploy("staging", change, change.built + _minutes(1), "failure", dice)
        else:
            self._deploy("staging", change, change.built + _minutes(1), "success", dice)
            self._staged = change

    def _to_revert(self) -> Change | None:
        """The bad change, if it is the newest one and nobody wants to look for what is wrong."""
        bad = self._bad
        if bad is None or bad.reverts is not None or bad.commit != self._main[-1][1]:
            return None
        dice = Dice(self._service.name, "revert", str(bad.number))
        return bad if dice.chance(0.4) else None

    def _release(self, at: datetime, dice: Dice) -> None:
        """Bring what runs in staging to production, if it is new."""
        change, before = self._staged, self._running
        if change is None or change in (before, self._bad):
            return
        if before is not None and dice.chance(self._service.failing):
            self._deploy("production", change, at, "failure", dice)
            self._bad = change
            return
        ended = self._deploy("production", change, at, "success", dice)
        self._running, self._bad = change, None
        if before is not None and dice.chance(self._service.failing):
            self._take_back(change, before, ended, dice)

    def _take_back(self, bad: Change, before: Change, at: datetime, dice: Dice) -> None:
        detected = at + _minutes(dice.between(6, 20))
        rolled_back = self._deploy(
            "production", before, detected + _minutes(dice.between(5, 15)), "rollback", dice
        )
        self._incident(detected, rolled_back + _minutes(dice.between(2, 8)), bad, dice)
        self._running, self._bad = before, bad

    def _deploy(
        self,
        environment: Environment,
        change: Change,
        at: datetime,
        result: Literal["success", "failure", "rollback"],
        dice: Dice,
    ) -> datetime:
        self._deployments += 1
        # Ten minutes is Kubernetes' own deadline for a rollout.
        minutes = 10.2 if result == "failure" else dice.between(1, 2.5)
        deployment = Deployment(
            at=at,
            ended=at + _minutes(minutes),
            service=self._service,
            environment=environment,
            number=self._deployments,
            change=change,
            result=result,
        )
        self.facts.append(deployment)
        return deployment.ended

    def _troubles(self, day: date, dice: Dice) -> None:
        """Now and then something breaks that no deployment has to do with, at any hour."""
        if dice.chance(0.012):
            at = _clock(day, dice.between(0, 20 * 60))
            self._incident(at, at + _minutes(dice.between(20, 200)), None, dice)

    def _incident(self, at: datetime, resolved: datetime, cause: Change | None, dice: Dice) -> None:
        self._numbers += 1  # issues and pull requests are counted together
        title = f"{dice.pick(_TROUBLES)} {dice.pick(self._service.topics)}"
        reporter = dice.pick(PEOPLE)
        self.facts.append(
            Incident(at, self._service, self._numbers, title, reporter, resolved, cause)
        )

    def _upkeep(self, day: date, dice: Dice) -> None:
        """What happens to workloads and is no deployment, and the staging cluster's rebuilding."""
        if day.weekday() == 4:  # people travel at the weekend
            more = self._service.replicas + dice.pick((1, 2, 3))
            self.facts.append(Scaling(_clock(day, 17.5 * 60), self._service, more))
        elif day.weekday() == 0:
            self.facts.append(Scaling(_clock(day, 7 * 60), self._service, self._service.replicas))
        if dice.chance(0.15):
            self.facts.append(Flap(_clock(day, dice.between(2 * 60, 5 * 60)), self._service))
        if day.weekday() == 0 and day.day <= 7 and day.month % 3 == 1:
            self._rebuild(_clock(day, 7.5 * 60), dice)

    def _rebuild(self, at: datetime, dice: Dice) -> None:
        self.facts.append(Rebuild(at, self._service))
        assert self._staged is not None, "the first change is staged on the first day"
        self._deploy("staging", self._staged, at + _minutes(4), "success", dice)


def _clock(day: date, minutes: float) -> datetime:
    """The instant of a wall clock's time on a day, given in minutes since midnight."""
    seconds = int(minutes * 60)
    wall = time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    return datetime.combine(day, wall, ZONE).astimezone(UTC)


def _minutes(minutes: float) -> timedelta:
    """In whole seconds, as the tools write their times."""
    return timedelta(seconds=int(minutes * 60))


def _spread(count: int, start: float, end: float) -> Sequence[float]:
    """Where `count` parts of equal length begin between two times of a day."""
    return [start + (end - start) * part / count for part in range(count)]
