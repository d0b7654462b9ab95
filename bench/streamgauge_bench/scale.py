"""How much is measured: the sizes of the runs and of what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace

from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge_bench.scratch import scratch_on


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers of events, unless said otherwise."""

    runs: int
    """Of each measure, and of its bound."""
    appended: int
    """In a run."""
    routed: int
    """In a run."""
    transformed: int
    """Payloads, of all sources together."""
    replayed: int
    facts: int
    """How many a metric is rebuilt from."""
    stored: int
    """In each of the two logs, for the questions; a tenth of the CDEvents are deployments."""
    few: int
    """What the growth of a log from here to `stored` is measured against."""
    seen: int
    """Events that are waited for, in a run."""
    behind: int
    """Events that come in each second while they are waited for."""
    asked: int
    """Questions in a run."""
    seconds: float
    """How long a run over HTTP takes."""

    def divided(self, by: int) -> Scale:
        """The same with smaller numbers of events."""
        small = {f.name: max(20, getattr(self, f.name) // by) for f in fields(self)}
        return replace(self, **{**small, "runs": self.runs, "seconds": 0.2})


DEFAULT = Scale(
    runs=5,
    appended=200_000,
    routed=20_000,
    transformed=100_000,
    replayed=1_000_000,
    facts=1_000_000,
    stored=1_000_000,
    few=100_000,
    seen=200,
    behind=500,
    asked=400,
    seconds=3.0,
)
FULL = replace(DEFAULT, stored=10_000_000)
QUICK = Scale(
    runs=3,
    appended=20_000,
    routed=2_000,
    transformed=100_000,
    replayed=100_000,
    facts=100_000,
    stored=100_000,
    few=20_000,
    seen=50,
    behind=500,
    asked=150,
    seconds=1.0,
)


@dataclass(frozen=True, slots=True)
class Lab:
    """What a measure works with."""

    url: str
    """A database of the server; the measures make their own beside it."""
    plugins: Plugins
    scale: Scale

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A new one with the current tables, dropped at the end."""
        with scratch_on(self.url) as database:
            yield database
