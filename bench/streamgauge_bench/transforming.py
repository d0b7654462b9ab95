"""How fast the transformers of each source are, over the payloads that its tests keep.

From the recorded event to checked and encoded CDEvents, as the router does it, on one core and
without Postgres. The time is CPU time, which the machine's other work leaves alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Final

from streamgauge import Event, json_codec
from streamgauge.cdevents import validate
from streamgauge.cloudevents.sdk import ACCEPTED
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import Offline, unsigned
from streamgauge.routing.router import routing_table
from streamgauge.routing.states import States
from streamgauge.routing.transform import Transformation
from streamgauge.settings import Settings
from streamgauge.sources.captured import read_cases
from streamgauge.streams.recorder import DEFAULT_TENANT, RecordedRow
from streamgauge_bench.events import mixed
from streamgauge_bench.measured import Measured, Note
from streamgauge_bench.scale import Lab

CASES: Final = Path(__file__).parents[2] / "tests/plugins"
"""Where the payloads are, in a clone of the repository; an installed package has none."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source's events, in an order in which its tools could send them."""

    name: str
    rows: Sequence[RecordedRow]


@dataclass(frozen=True, slots=True)
class Speed:
    """Events per second of CPU time, of the transformers and of the bound."""

    name: str
    rate: float
    bound: float


def measure(lab: Lab) -> list[Measured]:
    """The median source; without a clone, only GitHub's and Kubernetes' events are at hand."""
    plugins = plugins_without_secrets()
    transformation = Transformation(plugins, routing_table(plugins, plugins.settings))
    sources = [*sources_in(CASES, plugins), _mixed()]
    each = lab.scale.transformed // len(sources)
    speeds = [_speed(source, transformation, each) for source in sources]
    slowest = sorted(speeds, key=lambda speed: speed.rate)[:3]
    said = ", ".join(f"{speed.name} {speed.rate:,.0f}" for speed in slowest)
    return [
        Measured(
            "transform",
            median(speed.rate for speed in speeds),
            "events/s",
            median(speed.bound for speed in speeds),
            "decoding the same events, and checking and encoding the CDEvents that come of them",
            [Note(f"the median of {len(speeds)} sources; the slowest are {said}")],
        )
    ]


def plugins_without_secrets() -> Plugins:
    """The plugins as they are installed, whose receivers take deliveries unchecked."""
    found = Plugins(Settings())
    return Plugins(unsigned(found.settings, [plugin.name for plugin in found.plugins]))


def sources_in(folder: Path, plugins: Plugins) -> list[Source]:
    """Every source whose cases are in the folder."""
    table = routing_table(plugins, plugins.settings)
    found = []
    for cases in sorted(folder.glob("*/cases")):
        name = cases.parent.name.replace("_", "-")
        if name not in plugins.receivers:
            continue
        offline = Offline(plugins, table)
        events = [
            event
            for case in read_cases(cases)
            for delivery in case.deliveries
            for event in offline.receive(name, delivery)
        ]
        found.append(Source(name, _rows(events)))
    return found


def _mixed() -> Source:
    return Source("github and kubernetes", _rows(list(islice(mixed(1000), 1000))))


def _rows(events: Sequence[Event]) -> list[RecordedRow]:
    return [
        RecordedRow(place, DEFAULT_TENANT, event.type, event.state, ACCEPTED, b"")
        for place, event in enumerate(events, start=1)
    ]


def _speed(source: Source, transformation: Transformation, events: int) -> Speed:
    """Both, over the source's events again and again, each time from an empty memory."""
    rounds = max(1, events // len(source.rows))
    made: list[bytes] = []

    def transform() -> None:
        outcome = transformation.run(transformation.tasks(source.rows), States({}))
        made[:] = [derived.state for derived in outcome.derived]

    def bound() -> None:
        for row in source.rows:
            json_codec.decode(row.state)
        for state in made:
            document = json_codec.decode(state)
            validate(document)
            json_codec.encode(document)

    took = _cpu(transform, rounds)
    return Speed(
        source.name,
        rounds * len(source.rows) / took,
        rounds * len(source.rows) / _cpu(bound, rounds),
    )


def _cpu(work: Callable[[], None], rounds: int) -> float:
    begun = time.process_time()
    for _ in range(rounds):
        work()
    return time.process_time() - begun
