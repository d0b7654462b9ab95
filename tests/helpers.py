"""What several test files make and run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from streamgauge import CDEvent, Event, cdevents, json_codec, new_event
from streamgauge.metrics import Metric
from streamgauge.plugins import Plugin, Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors.processor import Processor
from streamgauge.projections import DerivedFacts, Projection
from streamgauge.projections.facts import Facts
from streamgauge.replay.chain import Stages
from streamgauge.replay.run import Replayed, Replayer
from streamgauge.routing.router import Router, routing_table
from streamgauge.settings import Settings
from streamgauge.stages.pace import Pace
from streamgauge.stages.requests import Action
from streamgauge.streams.cdevents_log import CDEventsLog, Derived
from streamgauge.streams.cloudevents_log import CloudEventsLog, identity

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # a Monday
METRICS = (
    "change_fail_rate",
    "change_lead_time",
    "deployment_frequency",
    "deployment_rework_rate",
    "dora_quick_check",
    "failed_deployment_recovery_time",
)
"""The metrics that ship with Streamgauge."""
LINKED = ("links", *METRICS)
FOLDED = ("delivery", *LINKED)
"""What is made anew by a replay of the links, and of the facts."""


def an_event(number: int, *, type: str = "com.example.thing", **more: Any) -> Event:
    return new_event(
        id=f"event-{number}", source="/test", type=type, data={"number": number}, **more
    )


def a_deployment(
    number: int,
    *,
    at: datetime | None = None,
    service: str = "shop",
    environment: str = "production",
    kind: str = "service.deployed",
    custom_data: Mapping[str, Any] | None = None,
) -> CDEvent:
    return cdevents.new(
        kind,
        id=f"deployment-{number}",
        source="/test",
        timestamp=at or START + timedelta(hours=number),
        subject_id=service,
        content={
            "environment": {"id": environment},
            "artifactId": f"pkg:oci/{service}@sha256:{number:064x}",
        },
        custom_data=custom_data,
    )


def append_cdevents(database: Database, events: Sequence[CDEvent], tenant: str = "default") -> None:
    with database.transaction() as cursor:
        CDEventsLog(database, 1).append(
            cursor,
            [
                Derived(
                    tenant,
                    identity(event.source, event.id),
                    event.type,
                    json_codec.encode(event.document),
                    1,
                    START,
                    "test 1",
                )
                for event in events
            ],
        )


def drain(*processors: Processor) -> None:
    """Run the processors, in order, until each finds nothing to do and no answer is open."""
    for processor in processors:
        while processor.step() or (
            isinstance(processor, Router) and processor.transformation.trials.wait()
        ):
            pass


def stages(database: Database, plugins: Plugins) -> Stages:
    return Stages(database, plugins, routing_table(plugins, plugins.settings))


def plugins_with(
    *,
    transformers: Sequence[Any] = (),
    projections: Sequence[Projection | DerivedFacts] = (),
    metrics: Sequence[Metric] = (),
    settings: Mapping[str, str] | None = None,
) -> Plugins:
    """Plugins that bring these and nothing else."""
    plugins = Plugins(Settings.load(settings or {}), found=[])
    plugin = Plugin("test", "test", "1.0")
    plugins.transformers = {t.name: (t, plugin) for t in transformers}
    plugins.projections = {p.name: p for p in projections if isinstance(p, Projection)}
    plugins.derived = {d.name: d for d in projections if isinstance(d, DerivedFacts)}
    plugins.metrics = {m.name: m for m in metrics}
    return plugins


def replay(
    database: Database, plugins: Plugins, name: str, action: Action = "replay", **more: Any
) -> Replayed:
    """What the command does."""
    replayer = Replayer(database, stages(database, plugins), **more)
    return replayer.run(name, action, "command", now=datetime(2026, 3, 30, tzinfo=UTC))


def start_over(database: Database) -> None:
    """Empty every log, and forget every build but the log of CDEvents' first."""
    with database.transaction() as cursor:
        cursor.execute(
            "select format('drop table %I cascade', relname) from pg_class"
            " where relkind = 'r' and relname ~ '__[0-9]+$' and relname <> 'cdevents_events__1'"
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement.encode())
        cursor.execute(
            "truncate cloudevents_events, cdevents_events__1, dead_letters, transformer_states"
        )
        cursor.execute("delete from builds where stage <> 'cdevents'")
        cursor.execute("delete from build_numbers where stage <> 'cdevents'")
        cursor.execute("delete from streamgauge_tracking where application_name like '%@%'")
        cursor.execute("insert into streamgauge_tracking values ('cdevents@1', 0)")


def processors(database: Database, plugins: Plugins) -> list[Processor]:
    return list(stages(database, plugins))


def facts(database: Database, projection: Projection, *, page_size: int | None = None) -> Facts:
    """The processor of one projection, with pages of a fixed size if one is given."""
    pace = None if page_size is None else Pace.fixed(page_size)
    return Facts(database, projection, pace=pace)


def process(database: Database, plugins: Plugins, events: Iterable[Event]) -> None:
    """Append the events, route them, and bring every projection up to them."""
    CloudEventsLog(database).append(list(events))
    drain(*processors(database, plugins))


def rows(database: Database, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with database.transaction() as cursor:
        cursor.execute(query.encode(), parameters)
        return cursor.fetchall()
