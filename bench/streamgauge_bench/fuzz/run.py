"""The run: the whole application, in process, over a database that is thrown away."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from streamgauge.postgres.database import Database
from streamgauge.processors.processor import Processor
from streamgauge.processors.worker import Worker
from streamgauge.settings import Settings
from streamgauge.streams import cdevents_log, cloudevents_log
from streamgauge_bench.fuzz import judge, requests, stored
from streamgauge_bench.fuzz.tally import ErrorsLogged, Tally, current
from streamgauge_bench.fuzz.wire import Answer, Request, call, lifespan
from streamgauge_bench.scratch import scratch_database
from streamgauge_http.app import create_app
from streamgauge_http.runtime import Runtime
from streamgauge_http.server.body import ASGIApp, WholeBodies

AT_ONCE = 64
MOST_FAILED = 100
"""After so many failures no further request is sent."""

Watch = Callable[[Request, Answer], None]


@dataclass(slots=True)
class Recorded:
    """Which request recorded the event at a position, as far as answers tell."""

    numbers: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Position -> number and kind of the request."""
    native: set[int] = field(default_factory=set)
    """The positions of what came in as CDEvents."""
    accepted: int = 0

    def note(self, request: Request, answer: Answer) -> None:
        """The positions of one answer: those up to the one it names, if all of it was new."""
        count = judge.accepted(answer)
        self.accepted += count
        known = answer.status == 202 and answer.headers.get("streamgauge-duplicates") == "0"
        if not count or not known:
            return
        last = int(answer.headers["streamgauge-position"])
        for position in range(last - count + 1, last + 1):
            self.numbers[position] = (request.number, request.kind)
            if "streamgauge-deviating" in answer.headers:
                self.native.add(position)


def variants(settings: Settings) -> list[Settings]:
    """The settings that the even numbers meet, and those that the odd ones meet."""
    common: dict[str, object] = {
        "database_url": settings.database_url,
        "data_dir": settings.data_dir,
        # Small, so that it takes little to be over them.
        "max_event_bytes": 65_536,
        "max_batch_bytes": 131_072,
        "max_batch_events": 50,
        "plugins": {"github": {"secret": requests.SECRET}},
    }
    strict: dict[str, object] = {
        "cdevents_mode": "strict",
        "ingest_tokens": (requests.TOKEN,),
        "webhook_origins": ("*.example.com", requests.BUSY.decode()),
        "webhook_rate": 10,
    }
    return [Settings(**common), Settings(**common, **strict)]  # type: ignore[arg-type]


def fuzz(
    settings: Settings, seed: int, numbers: Iterable[int], *, watch: Watch = lambda q, a: None
) -> Tally:
    """Send the requests with these numbers and judge all that comes of it.

    `watch` is shown every request with its answer.
    """
    tally = Tally()
    numbers = list(numbers)
    start = time.perf_counter()
    for odd, variant in enumerate(variants(settings)):
        chosen = [number for number in numbers if number % 2 == odd]
        if chosen:
            with scratch_database(variant) as database, _errors_noted(tally):
                _run(database, variant, tally, (seed, chosen), watch)
    tally.seconds = time.perf_counter() - start
    return tally


def _run(
    database: Database,
    settings: Settings,
    tally: Tally,
    work: tuple[int, list[int]],
    watch: Watch,
) -> None:
    recorded = Recorded()

    async def send_all() -> None:
        app = _application(settings, database)
        waiting = iter(work[1])

        async def send() -> None:
            for number in waiting:
                if tally.failed >= MOST_FAILED:
                    return
                await _one(app, requests.request(work[0], number))

        async def _one(app: ASGIApp, request: Request) -> None:
            current.set(request.number)
            answer = await call(app, request)
            tally.count(request, answer)
            recorded.note(request, answer)
            for reason in judge.faults(request, answer, (requests.TOKEN, requests.SECRET)):
                tally.fail(request.number, reason)
            watch(request, answer)

        async with lifespan(app):
            await asyncio.gather(*(send() for _ in range(AT_ONCE)))

    worker = Worker(settings, database.url)
    with worker.database:
        for processor in worker.processors:
            processor.step()  # makes the tables that queries read
        asyncio.run(send_all())
        _judge_log(database, settings, tally, recorded)
        for processor in worker.processors:
            _drain(processor, tally)
    _judge_derived(database, tally)


def _application(settings: Settings, database: Database) -> ASGIApp:
    app: Any = create_app(Runtime(settings, database.url))
    return WholeBodies(app)


def _judge_log(database: Database, settings: Settings, tally: Tally, recorded: Recorded) -> None:
    strict = settings.cdevents_mode == "strict"
    count = 0
    for row in stored.rows(database, cloudevents_log.TABLE):
        count += 1
        number, kind = recorded.numbers.get(row[0], (None, "batch, known in part"))
        tally.stored[kind] += 1
        native = row[0] in recorded.native
        for reason in stored.cloudevent_faults(row, native=native, strict=strict):
            tally.fail(number, f"stored: {reason}: {row[3][:200]!r}")
    if count != recorded.accepted:
        tally.fail(None, f"{count} events are stored; the answers count {recorded.accepted}")


def _drain(processor: Processor, tally: Tally) -> None:
    """The router and the projections over all that was stored: they may park it and not stop."""
    try:
        while processor.step():
            pass
    except Exception as error:
        tally.fail(None, f"{processor.name} stopped: {type(error).__name__}: {error}"[:600])


def _judge_derived(database: Database, tally: Tally) -> None:
    for row in stored.rows(database, cdevents_log.TABLE):
        tally.derived += 1
        for reason in stored.cdevent_faults(row):
            tally.fail(None, f"in the log of CDEvents: {reason}: {row[3][:200]!r}")
    with database.transaction() as cursor:
        cursor.execute("select count(*) from dead_letters")
        tally.dead_letters += (cursor.fetchone() or (0,))[0]


@contextmanager
def _errors_noted(tally: Tally) -> Iterator[None]:
    handler = ErrorsLogged(tally)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
