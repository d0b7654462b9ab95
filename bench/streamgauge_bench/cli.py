"""``bench``: events per second of every stage, each beside its bound in the same run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from streamgauge.cli.console import err, json_option, print_json, print_table
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors.worker import collect_garbage_less_often
from streamgauge.settings import Settings
from streamgauge_bench import reading, stages
from streamgauge_bench.events import mixed
from streamgauge_bench.reading import Reading
from streamgauge_bench.scratch import scratch_database
from streamgauge_bench.stages import Measure


@click.command()
@click.option("--events", default=100_000, show_default=True, type=click.IntRange(1000))
@json_option
def bench(events: int, as_json: bool) -> None:
    """Measure events per second of each stage, in a database of its own that is dropped after.

    The bound is raw binary COPY of the same events into a table of the same shape, measured in
    the same run: absolute figures say more about the machine than about the program.
    """
    settings = Settings.load()
    plugins = Plugins(settings)
    collect_garbage_less_often()  # as the worker does
    err.print(f"making {events:,} events")
    made = list(mixed(events))
    steps: list[tuple[str, Callable[[Database], Measure]]] = [
        ("copying them raw", lambda database: stages.bound(database, made)),
        ("ingesting them", lambda database: stages.ingest(database, made)),
        ("routing them", lambda database: stages.route(database, plugins, settings, events)),
        ("projecting the CDEvents", lambda database: stages.project(database, plugins)),
        ("replaying the projection", lambda database: stages.rebuild(database, plugins)),
    ]
    with scratch_database(settings) as database:
        measures = []
        for name, measure in steps:
            err.print(name)
            stages.settle(database)
            measures.append(measure(database))
        deployments = stages.deployments(database)
    err.print("reading CDEvents")
    readings = reading.measure()
    bound = measures[0].rate
    if as_json:
        print_json(_as_json(measures, readings))
        return
    size = sum(len(event.state) for event in made) / len(made)
    err.print(f"{events:,} events of {size:,.0f} bytes on average; {deployments:,} deployments")
    print_table(
        ("stage", "events", "events/s", "of raw COPY"),
        [(m.name, f"{m.events:,}", f"{m.rate:,.0f}", f"{m.rate / bound:.2f}") for m in measures],
        empty="",
    )
    print_table(
        (f"a CDEvent of {reading.SIZE:,} bytes", "µs", f"of {readings[0].name}"),
        [
            (r.name, f"{r.microseconds:.1f}", f"{r.microseconds / readings[0].microseconds:.1f}")
            for r in readings
        ],
        empty="",
    )


def _as_json(measures: Sequence[Measure], readings: Sequence[Reading]) -> dict[str, object]:
    stage, first = measures[0].rate, readings[0].microseconds
    values = [(m.name, m.rate, "events/s", stage) for m in measures]
    values += [(r.name, r.microseconds, "µs/event", first) for r in readings]
    return {
        name: {"value": value, "unit": unit, "bound": bound, "ratio": value / bound}
        for name, value, unit, bound in values
    }
