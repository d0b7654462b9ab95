"""What a run has seen: counts, and failures with a way to repeat each."""

from __future__ import annotations

import logging
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from streamgauge_bench.fuzz import judge
from streamgauge_bench.fuzz.wire import Answer, Request

MOST_SHOWN = 20

current: ContextVar[int | None] = ContextVar("fuzzed", default=None)
"""The number of the request that is being answered."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that must not be; `number` is that of the request, where one is known."""

    number: int | None
    reason: str


@dataclass(slots=True)
class Tally:
    """The counts of one run."""

    requests: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    stored: Counter[str] = field(default_factory=Counter)
    derived: int = 0
    dead_letters: int = 0
    seconds: float = 0.0
    failed: int = 0
    failures: list[Failure] = field(default_factory=list)

    def fail(self, number: int | None, reason: str) -> None:
        """Note a failure; the first ones are shown."""
        self.failed += 1
        if len(self.failures) < MOST_SHOWN:
            self.failures.append(Failure(number, reason))

    def count(self, request: Request, answer: Answer) -> None:
        """Note an answer."""
        self.requests[request.kind] += 1
        self.statuses[answer.status] += 1
        if answer.status >= 400 and answer.body:
            self.problems[judge.slug_of(answer)] += 1

    @property
    def total(self) -> int:
        """How many requests were answered."""
        return sum(self.requests.values())

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "requests": self.total,
            "seconds": round(self.seconds, 1),
            "rate": {"value": self.total / (self.seconds or 1), "unit": "requests/s"},
            "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
            "problems": dict(sorted(self.problems.items())),
            "sent": dict(sorted(self.requests.items())),
            "stored": dict(sorted(self.stored.items())),
            "cdevents": self.derived,
            "dead_letters": self.dead_letters,
            "failed": self.failed,
            "failures": [{"number": f.number, "reason": f.reason} for f in self.failures],
        }


class ErrorsLogged(logging.Handler):
    """Every error that is logged during a run is a failure of it."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(logging.ERROR)
        self._tally = tally

    def emit(self, record: logging.LogRecord) -> None:
        """Note it, with the request where it is known."""
        cause = record.exc_info[1] if record.exc_info else None
        because = f": {type(cause).__name__}: {cause}" if cause is not None else ""
        said = f"{record.name} logged: {record.getMessage()}{because}"
        self._tally.fail(current.get(), said[:600])
