"""What several test files make and run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from streamgauge import CDEvent, Event, cdevents, json_codec, new_event
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors.processor import Processor
from streamgauge.projections.runner import ProjectionRunner
from streamgauge.routing.router import Router, routing_table
from streamgauge.settings import Settings
from streamgauge.streams.cdevents_log import CDEventsLog, Derived
from streamgauge.streams.cloudevents_log import CloudEventsLog, identity

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # a Monday


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


def append_cdevents(database: Database, events: Sequence[CDEvent]) -> None:
    with database.transaction() as cursor:
        CDEventsLog(database).append(
            cursor,
            [
                Derived(
                    "default",
                    identity(event.source, event.id),
                    event.type,
                    json_codec.encode(event.document),
                    1,
                    "test 1",
                )
                for event in events
            ],
        )


def drain(*processors: Processor) -> None:
    """Run the processors, in order, until each finds nothing to do."""
    for processor in processors:
        while processor.step():
            pass


def processors(database: Database, plugins: Plugins) -> list[Processor]:
    settings = Settings.load({})
    return [
        Router(database, plugins, routing_table(plugins, settings)),
        *(ProjectionRunner(database, p) for p in plugins.projections.values()),
    ]


def process(database: Database, plugins: Plugins, events: Iterable[Event]) -> None:
    """Append the events, route them, and bring every projection up to them."""
    CloudEventsLog(database).append(list(events))
    drain(*processors(database, plugins))


def rows(database: Database, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with database.transaction() as cursor:
        cursor.execute(query.encode(), parameters)
        return cursor.fetchall()
