"""What the service takes in over HTTP, as it is shipped: a real process, real sockets, real fsync.

Each run of the service is followed by one of the bound, the leanest server that makes the same
promise on the same database. They take turns because the machine's clock changes.
"""

from __future__ import annotations

import http.client
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

import psycopg
from psycopg.sql import SQL, Identifier

from streamgauge import cdevents
from streamgauge.cloudevents.http_binding import BATCH, STRUCTURED
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import TABLE
from streamgauge_bench import load
from streamgauge_bench.load import DIGITS, NUMBER, Requests, Run
from streamgauge_bench.processes import as_shipped, listening
from streamgauge_bench.reading import cdevent

SINGLE_CLIENTS = 32
BATCH_CLIENTS = 8
BATCH_EVENTS = 100
_WARM_UP_SECONDS = 1.0
_SETTLE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Served:
    """Medians over the runs: of the service, and of the bound beside it."""

    name: str
    events: int
    """How many the service answered with 202, the warm-up among them; all are in the log."""
    rate: float
    """Events per second."""
    p50: float
    """Milliseconds from sending a request to its answer, for half of the requests."""
    p99: float
    """The same for 99 of 100."""
    bound_rate: float
    bound_p50: float
    bound_p99: float

    @property
    def ratio(self) -> float:
        """The service's part of the bound."""
        return self.rate / self.bound_rate


def measure(database: Database, *, seconds: float = 3.0, runs: int = 5) -> list[Served]:
    """Single events, then batches, in a migrated database that nobody else works on.

    A run is of so many seconds; each measure has so many, and as many of its bound. Raises
    RuntimeError where an answer is not a 202, or where the log does not hold what was answered.
    """
    numbers = count()
    with (
        listening(
            "streamgauge", "serve", "--port", "0", environ=as_shipped(database.url)
        ) as service,
        listening(
            "streamgauge_bench.http_bound", database.url, environ=as_shipped(database.url)
        ) as bound,
    ):
        _wait_until_settled(service)
        turns = _Turns(database, service, bound, numbers, seconds, runs)
        return [
            turns.take("HTTP, single events", single_events(), 1),
            turns.take("HTTP, batches of 100", batches(), BATCH_EVENTS),
        ]


def single_events() -> list[Requests]:
    """What each of the clients sends: one CDEvent of 1,000 bytes in a CloudEvent."""
    return [
        Requests("/cloudevents", STRUCTURED, _numbered(client)) for client in range(SINGLE_CLIENTS)
    ]


def batches() -> list[Requests]:
    """What each of the clients sends: a batch of such events."""
    return [
        Requests(
            "/cloudevents",
            BATCH,
            b"[%b]" % b",".join(map(_numbered, range(start, start + BATCH_EVENTS))),
        )
        for start in range(0, BATCH_CLIENTS * BATCH_EVENTS, BATCH_EVENTS)
    ]


def _numbered(place: int) -> bytes:
    """An event whose id ends with the number of the request; it is as long as it was."""
    event = cdevents.in_cloudevent(cdevent(place))
    return event.state.replace(event.id.encode(), event.id[:-DIGITS].encode() + NUMBER)


@dataclass(frozen=True, slots=True)
class _Turns:
    database: Database
    service: int
    bound: int
    numbers: Iterator[int]
    seconds: float
    runs: int

    def take(self, name: str, clients: Sequence[Requests], events: int) -> Served:
        """Let the service and the bound take turns; `events` is how many are in a request."""
        before = _recorded(self.database)
        warm = self._run(self.service, clients, _WARM_UP_SECONDS)
        self._run(self.bound, clients, _WARM_UP_SECONDS)
        ours, bounds = [], []
        for _ in range(self.runs):
            ours.append(self._run(self.service, clients, self.seconds))
            bounds.append(self._run(self.bound, clients, self.seconds))
        answered = events * sum(len(run.latencies) for run in [warm, *ours])
        if (recorded := _recorded(self.database) - before) != answered:
            raise RuntimeError(f"{answered} events were answered with 202, {recorded} recorded")
        return Served(
            name,
            answered,
            statistics.median(run.rate for run in ours) * events,
            statistics.median(run.milliseconds(0.5) for run in ours),
            statistics.median(run.milliseconds(0.99) for run in ours),
            statistics.median(run.rate for run in bounds) * events,
            statistics.median(run.milliseconds(0.5) for run in bounds),
            statistics.median(run.milliseconds(0.99) for run in bounds),
        )

    def _run(self, port: int, clients: Sequence[Requests], seconds: float) -> Run:
        """One run, which finds nothing left to do of the runs before."""
        _wait_until_settled(self.service)
        with suppress(psycopg.errors.InsufficientPrivilege), self.database.connect() as conn:
            conn.execute("checkpoint")
        return load.run(port, clients, self.numbers, seconds)


def _wait_until_settled(port: int) -> None:
    """Until the service is ready, and the router and the projections have done all there is."""
    end = time.monotonic() + _SETTLE_SECONDS
    while not _is_settled(port):
        if time.monotonic() > end:
            raise RuntimeError(f"the processors were not done within {_SETTLE_SECONDS:.0f} s")
        time.sleep(0.05)


def _is_settled(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=load.PATIENCE_SECONDS)
    try:
        connection.request("GET", "/v1/projections")
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    return answer.status == 200 and all(
        item["lag"] == 0 and item["holder"] and item["build"] for item in json.loads(body)["items"]
    )


def _recorded(database: Database) -> int:
    with database.transaction() as cursor:
        cursor.execute(SQL("select count(*) from {}").format(Identifier(TABLE)))
        row = cursor.fetchone()
    return int(row[0]) if row else 0
