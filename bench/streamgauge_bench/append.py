"""How fast one writer appends to the log of CloudEvents: batches of 1,000 events of 1,000 bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from psycopg.sql import Identifier

from streamgauge import Event
from streamgauge.postgres.database import Database
from streamgauge.projections import copy_rows
from streamgauge.streams.cloudevents_log import TABLE, CloudEventsLog, Outcome, identity
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge_bench.filling import CLOUDEVENTS_COLUMNS, same_shape
from streamgauge_bench.measured import Measured, Stopwatch, in_turns, settle
from streamgauge_bench.scale import Lab
from streamgauge_bench.templates import cloudevents

BATCH = 1000
_BOUND = "bound"


def measure(lab: Lab) -> list[Measured]:
    """Both begin with an empty table, and theirs are always as long as each other."""
    events, copied = cloudevents(1), cloudevents(1)
    batches = max(1, lab.scale.appended // BATCH)
    with lab.database() as database:
        with database.transaction() as cursor:
            same_shape(cursor, _BOUND, TABLE, numbered=True)
        value, bound = in_turns(
            lab.scale.runs,
            lambda: _appended(database, events, batches),
            lambda: _copied(database, copied, batches),
        )
    return [
        Measured(
            "append_batch",
            value,
            "events/s",
            bound,
            "binary COPY of the same rows into the same table shape",
        )
    ]


def _appended(database: Database, events: Iterator[Event], batches: int) -> float:
    log, watch = CloudEventsLog(database), Stopwatch()
    settle(database)
    for _ in range(batches):
        append(log, list(islice(events, BATCH)), watch)
    return batches * BATCH / watch.seconds


def append(log: CloudEventsLog, batch: Sequence[Event], watch: Stopwatch) -> None:
    """Append the batch under the watch. Raises RuntimeError where one of it was there already."""
    with watch.running():
        outcomes = log.append(batch)
    if any(outcome.outcome is not Outcome.NEW for outcome in outcomes):
        raise RuntimeError("an event of the benchmark was in the log already")


def _copied(database: Database, events: Iterator[Event], batches: int) -> float:
    watch = Stopwatch()
    settle(database)
    for _ in range(batches):
        rows = [
            (DEFAULT_TENANT, identity(event.source, event.id), 1, event.type, event.state)
            for event in islice(events, BATCH)
        ]
        with watch.running(), database.transaction() as cursor:
            copy_rows(cursor, Identifier(_BOUND), CLOUDEVENTS_COLUMNS, rows)
    return batches * BATCH / watch.seconds
