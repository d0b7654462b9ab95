"""What a measure gives, and how its runs and those of its bound take turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

import psycopg

from streamgauge.postgres.database import Database


class Note(NamedTuple):
    """Something else that the runs have shown; `missed` where it is not what it should be."""

    text: str
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure: the medians of its runs and of its bound's."""

    name: str
    value: float
    unit: str
    bound: float
    bound_is: str
    """What the bound does, in a few words."""
    notes: Sequence[Note] = ()

    @property
    def ratio(self) -> float:
        """The value divided by the bound."""
        return self.value / self.bound


class Stopwatch:
    """Adds up the seconds of what is timed, and leaves out what lies between."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Time the block."""
        start = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - start


def in_turns(
    runs: int, ours: Callable[[], float], bound: Callable[[], float]
) -> tuple[float, float]:
    """The medians of both. They take turns, since the machine's clock changes within a run."""
    found = [(ours(), bound()) for _ in range(runs)]
    return median(value for value, _ in found), median(value for _, value in found)


def percentile(values: Sequence[float], part: float) -> float:
    """What this part of the values did not exceed; 0.99 is p99."""
    ordered = sorted(values)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


def settle(database: Database) -> None:
    """Let Postgres write what the run before has left to do, where it may be told to."""
    with suppress(psycopg.errors.InsufficientPrivilege), database.connect() as conn:
        conn.execute("checkpoint")
