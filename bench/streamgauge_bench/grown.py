"""What large logs do to questions and to appends: a database that has grown, beside a young one.

The grown one has the same services for as long, only more of them: the same question has the same
answer in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from statistics import median
from zoneinfo import ZoneInfo

from psycopg.sql import Identifier

from streamgauge import Event, json_codec
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.postgres.database import Database
from streamgauge.projections import copy_rows
from streamgauge.replay.run import Replayer
from streamgauge.streams.cloudevents_log import TABLE, CloudEventsLog, identity
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge_bench import append, templates
from streamgauge_bench.append import BATCH
from streamgauge_bench.client import Client
from streamgauge_bench.filling import CLOUDEVENTS_COLUMNS, fill_cdevents, fill_cloudevents
from streamgauge_bench.measured import Measured, Note, Stopwatch, percentile
from streamgauge_bench.metric import METRIC
from streamgauge_bench.processes import as_shipped, listening
from streamgauge_bench.replaying import PROJECTION
from streamgauge_bench.route import stages_of
from streamgauge_bench.scale import Lab

YEAR = (datetime(2024, 12, 30, tzinfo=UTC), datetime(2025, 12, 29, tzinfo=UTC))
"""52 whole weeks."""
_DEPLOYS_ONE_OF = 10


def measure(lab: Lab) -> list[Measured]:
    """Questions to the service over the grown database; then both databases in turns."""
    scale = lab.scale
    batches = max(1, scale.few // 10 // BATCH)
    # It is as large as it should be when half of what is to be appended is there.
    few = max(BATCH, scale.few - scale.runs * batches * BATCH)
    with _stored(lab, scale.stored) as grown, _stored(lab, few) as young:
        return [_asked(lab, grown), _growth(lab, young, grown, batches)]


class _Stored:
    """A database with so many events in both logs."""

    def __init__(self, lab: Lab, database: Database, events: int) -> None:
        self.database = database
        self.events = events
        self.services = templates.services(events // _DEPLOYS_ONE_OF)
        self._plugins = lab.plugins
        self._log = CloudEventsLog(database)
        self._new = templates.cloudevents(events + 1)
        self._number = 0

    def fill(self, lab: Lab) -> None:
        """Put the events into the logs, and have facts and metrics made of them."""
        mix = templates.a_tenth_deploys(templates.routed(lab.plugins))
        fill_cloudevents(self.database, self.events)
        fill_cdevents(self.database, templates.cdevent_rows(mix, self.events, self.services))
        stages = stages_of(self.database, lab)
        Replayer(self.database, stages).run(PROJECTION, "replay", "command", now=datetime.now(UTC))
        with self.database.connect() as conn:
            conn.execute("vacuum (analyze)")

    def service(self) -> str:
        """Each time another one."""
        self._number += 1
        return templates.service(self._number * 7919 % self.services)

    def ask(self) -> float:
        """Seconds of a question, without HTTP."""
        watch, query = Stopwatch(), _question(self.service())
        with watch.running():
            found = answer(self.database, self._plugins, METRIC, query)
        _check(found["n"])
        return watch.seconds

    def append(self) -> float:
        """Seconds of a batch."""
        watch = Stopwatch()
        append.append(self._log, self._next(), watch)
        return watch.seconds

    def copy(self) -> float:
        """Seconds of a batch that goes into the log by COPY."""
        rows = [
            (DEFAULT_TENANT, identity(event.source, event.id), 1, event.type, event.state, place)
            for place, event in enumerate(self._next(), start=self.events - BATCH + 1)
        ]
        columns = (*CLOUDEVENTS_COLUMNS, ("notification_id", "int8"))
        watch = Stopwatch()
        with watch.running(), self.database.transaction() as cursor:
            copy_rows(cursor, Identifier(TABLE), columns, rows)
        return watch.seconds

    def _next(self) -> list[Event]:
        self.events += BATCH
        return list(islice(self._new, BATCH))


@contextmanager
def _stored(lab: Lab, events: int) -> Iterator[_Stored]:
    with lab.database() as database:
        stored = _Stored(lab, database, events)
        stored.fill(lab)
        yield stored


def _asked(lab: Lab, grown: _Stored) -> Measured:
    """A year of weeks of one service, over HTTP; the bound, in turns, is the least question."""
    scale, events = lab.scale, grown.events
    first, last = (day.date().isoformat() for day in YEAR)
    path = f"/v1/metrics/{METRIC}?from={first}&to={last}&interval=week&service="
    with (
        listening(
            "streamgauge", "serve", "--port", "0", environ=as_shipped(grown.database.url)
        ) as port,
        Client(port) as client,
    ):
        client.wait_until_settled()
        rounds = [
            [
                (_asked_for(client, path + grown.service()), _asked_for(client, "/readyz"))
                for _ in range(scale.asked)
            ]
            for _ in range(scale.runs)
        ]
        _check(json_codec.decode(client.get(path + grown.service()))["n"])
    return Measured(
        "query_p99_ms",
        median(percentile([query for query, _ in run], 0.99) for run in rounds),
        "ms",
        median(percentile([least for _, least in run], 0.99) for run in rounds),
        "p99 of GET /readyz, which asks Postgres two things",
        [
            Note(f"p50 {median(percentile([q for q, _ in run], 0.5) for run in rounds):.1f} ms"),
            Note(
                f"{events:,} CDEvents and {events // _DEPLOYS_ONE_OF:,} deployments"
                f" of {grown.services:,} services"
            ),
        ],
    )


def _asked_for(client: Client, path: str) -> float:
    """Milliseconds."""
    watch = Stopwatch()
    with watch.running():
        client.get(path)
    return watch.seconds * 1000


def _growth(lab: Lab, young: _Stored, grown: _Stored, batches: int) -> Measured:
    """How many times longer the grown one takes: for appends or for questions, the worse.

    It is measured as a log in use is: not right after a checkpoint, when the first change of each
    page of the keys is written with the whole page. Events of a fiftieth of the log come first.
    """
    for _ in range(lab.scale.stored // 50 // BATCH):
        grown.append()
    runs, asked = lab.scale.runs, max(1, lab.scale.asked // 2)
    sizes = f"{grown.events:,} events beside {young.events + runs * batches * BATCH:,}"
    times: list[tuple[float, float, float]] = []
    for _ in range(runs):
        appends = _times_longer(young.append, grown.append, batches)
        copies = _times_longer(young.copy, grown.copy, batches)
        questions = _times_longer(young.ask, grown.ask, asked)
        times.append((appends, copies, questions))
    appends, copies, questions = (median(column) for column in zip(*times, strict=True))
    return Measured(
        "growth_ratio",
        max(appends, questions),
        "times",
        copies,
        "binary COPY into the same two logs: how many times longer it takes",
        [Note(f"append {appends:.2f}, question {questions:.2f}"), Note(sizes)],
    )


def _times_longer(young: Callable[[], float], grown: Callable[[], float], turns: int) -> float:
    pairs = [(young(), grown()) for _ in range(turns)]
    return sum(second for _, second in pairs) / sum(first for first, _ in pairs)


def _question(service: str) -> MetricQuery:
    start, end = YEAR
    return MetricQuery(start, end, "week", ZoneInfo("UTC"), {"service": [service]}, ())


def _check(deployments: int) -> None:
    if not deployments:
        raise RuntimeError("a question of the benchmark found no deployment")
