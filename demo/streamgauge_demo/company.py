"""Northquay, an invented company that runs ferries: its services, and how often each is released.

Everything here depends on the calendar alone, never on the day the demo runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from streamgauge_demo.dice import Dice

NAME: Final = "northquay"
ZONE: Final = ZoneInfo("Europe/Copenhagen")
"""Where the people work; they do so in the daytime."""
ORIGIN: Final = date(2024, 1, 8)
"""The Monday on which all services went into production. Versions are counted from here, so that
they do not depend on how far back a run of the demo looks."""
PEOPLE: Final = ("astrid-b", "emil-h", "freja-l", "ibrahim-k", "jonas-w", "mei-c", "priya-n")

Rhythm = Callable[[date, Dice], int]
"""How many releases a day brings."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service, which has a repository of its own."""

    name: str
    reported_by: Literal["github", "kubernetes", "cdevents"]
    """Which tool tells of its deployments. Only one does, or each deployment would count twice."""
    rhythm: Rhythm
    changes_a_day: int
    """How many changes are merged on a working day, at most. Where it is 0, every change is
    released as soon as it is merged."""
    topics: Sequence[str]
    """What its changes are about."""
    failing: float
    """The share of releases that do not come up, and of those that come up and are bad."""
    replicas: int = 2

    @property
    def full_name(self) -> str:
        """What CDEvents call it."""
        return f"{NAME}/{self.name}"


def is_workday(day: date) -> bool:
    """Monday to Friday, but not between Christmas and the New Year."""
    closed = (day.month, day.day) >= (12, 24) or (day.month, day.day) == (1, 1)
    return day.weekday() < 5 and not closed


def is_frozen(day: date) -> bool:
    """The four weeks in which a new season's timetable is printed, three times a year."""
    return day.month in (4, 8, 12) and day.day <= 28


def _several_a_day(day: date, dice: Dice) -> int:
    if not is_workday(day):
        return int(dice.chance(0.04))
    return dice.pick((1, 1, 2)) if day.weekday() == 4 else dice.pick((2, 2, 3, 3, 4))


def _most_days_outside_the_freeze(day: date, dice: Dice) -> int:
    often = 0.25 if day.weekday() == 4 else 0.6
    return int(is_workday(day) and not is_frozen(day) and dice.chance(often))


def _every_tuesday(day: date, dice: Dice) -> int:
    return int(is_workday(day) and day.weekday() == 1 and dice.chance(0.95))


def _second_and_fourth_wednesday(day: date, dice: Dice) -> int:
    return int(is_workday(day) and day.weekday() == 2 and (day.day - 1) // 7 in (1, 3))


def _every_twelfth_thursday(day: date, dice: Dice) -> int:
    """Or the one before, where that falls into the holidays."""
    turn = (day - ORIGIN).days % 84
    early = turn == 31 and not is_workday(day + timedelta(days=7))
    return int(early or (turn == 38 and is_workday(day)))


SERVICES: Final = (
    Service(
        name="shop",
        reported_by="github",
        rhythm=_several_a_day,
        changes_a_day=0,
        topics=(
            "the seat map",
            "child fares",
            "the cart",
            "gift cards",
            "search",
            "the start page",
        ),
        failing=0.03,
    ),
    Service(
        name="timetable",
        reported_by="kubernetes",
        rhythm=_most_days_outside_the_freeze,
        changes_a_day=3,
        topics=(
            "delays",
            "the harbour board",
            "tide tables",
            "the season switch",
            "calendar feeds",
        ),
        failing=0.06,
        replicas=4,
    ),
    Service(
        name="bookings",
        reported_by="kubernetes",
        rhythm=_every_tuesday,
        changes_a_day=2,
        topics=("group bookings", "cancellations", "the waiting list", "vehicle decks", "receipts"),
        failing=0.07,
        replicas=3,
    ),
    Service(
        name="payments",
        reported_by="github",
        rhythm=_second_and_fourth_wednesday,
        changes_a_day=1,
        topics=("refunds", "card tokens", "currencies", "the ledger export"),
        failing=0.07,
    ),
    Service(
        name="customs",
        reported_by="cdevents",
        rhythm=_every_twelfth_thursday,
        changes_a_day=1,
        topics=("freight lists", "passport checks", "the harbour office's form"),
        failing=0.0,
    ),
)
