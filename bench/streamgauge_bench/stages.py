"""The stages of the flow, each timed over the same events, and the bound beside it."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from streamgauge import Event
from streamgauge.cli.ingest import ingest_lines
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors.processor import Processor
from streamgauge.replay.chain import Stages
from streamgauge.replay.run import Replayer
from streamgauge.routing.router import routing_table
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog, identity

PROJECTION = "deployments"


@dataclass(frozen=True, slots=True)
class Measure:
    """How many events a second a stage handled."""

    name: str
    events: int
    seconds: float

    @property
    def rate(self) -> float:
        """Events per second."""
        return self.events / self.seconds


@contextmanager
def _timed(done: Callable[[float], None]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    done(time.perf_counter() - start)


def settle(database: Database) -> None:
    """Let Postgres finish what the last stage left to do in the background, where it may."""
    with suppress(psycopg.errors.InsufficientPrivilege), database.connect() as conn:
        conn.execute("checkpoint")


def bound(database: Database, events: Sequence[Event]) -> Measure:
    """Raw binary COPY of the same rows into a table of the same shape, keys and indexes too."""
    seconds: list[float] = []
    keys = [identity(event.source, event.id) for event in events]
    with database.transaction() as cursor:
        cursor.execute("create table bound (like cloudevents_events including all)")
        cursor.execute("create sequence bound_position")
        cursor.execute(
            "alter table bound alter notification_id set default nextval('bound_position')"
        )
    with _timed(seconds.append):
        for start in range(0, len(events), 1000):
            with database.transaction() as cursor:
                _copy(cursor, events[start : start + 1000], keys[start : start + 1000])
    with database.transaction() as cursor:
        cursor.execute("drop table bound")
    return Measure("raw COPY", len(events), seconds[0])


def _copy(cursor: Cursor[TupleRow], events: Sequence[Event], keys: Sequence[object]) -> None:
    statement = (
        "copy bound (tenant, originator_id, originator_version, topic, state)"
        " from stdin (format binary)"
    )
    with cursor.copy(statement) as copy:
        copy.set_types(["text", "uuid", "int8", "text", "bytea"])
        for event, key in zip(events, keys, strict=True):
            copy.write_row(("default", key, 1, event.type, event.state))


def ingest(database: Database, events: Sequence[Event]) -> Measure:
    """What ``streamgauge ingest`` does with a file of these events."""
    file = io.BytesIO(b"\n".join(event.state for event in events))
    seconds: list[float] = []
    with _timed(seconds.append):
        counts = ingest_lines(
            CloudEventsLog(database),
            file,
            max_event_bytes=8 * 1024 * 1024,
            report=_fail,
            progress=lambda size: None,
        )
    if counts["new"] != len(events):
        raise RuntimeError(f"ingested {counts} of {len(events)} events")
    return Measure("ingest", len(events), seconds[0])


def route(database: Database, plugins: Plugins, settings: Settings, events: int) -> Measure:
    """The router over all of them: transformers, the CDEvents gate, the CDEvents log."""
    stages = _stages(database, plugins)
    return Measure("route", events, _drain(stages.router))


def project(database: Database, plugins: Plugins) -> Measure:
    """The deployments projection over the CDEvents that came of them."""
    events = _count(database, "cdevents_events")
    stages = _stages(database, plugins)
    return Measure("project", events, _drain(stages.facts[PROJECTION]))


def rebuild(database: Database, plugins: Plugins) -> Measure:
    """``streamgauge replay deployments``."""
    seconds: list[float] = []
    with _timed(seconds.append):
        Replayer(database, _stages(database, plugins)).run(
            PROJECTION, "replay", "command", now=datetime.now(UTC)
        )
    return Measure("replay", _count(database, "cdevents_events"), seconds[0])


def deployments(database: Database) -> int:
    """How many deployments came of it, so that a run that did nothing shows."""
    return _count(database, "deployments")


def _stages(database: Database, plugins: Plugins) -> Stages:
    return Stages(database, plugins, routing_table(plugins, plugins.settings))


def _drain(processor: Processor) -> float:
    seconds: list[float] = []
    with _timed(seconds.append):
        while processor.step():
            pass
    return seconds[0]


def _count(database: Database, table: str) -> int:
    with database.transaction() as cursor:
        cursor.execute(SQL("select count(*) from {}").format(Identifier(table)))
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _fail(number: int, reason: str) -> None:
    raise RuntimeError(f"line {number}: {reason}")
