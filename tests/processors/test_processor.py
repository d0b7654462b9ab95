"""A processor is woken by what comes in, and is not told of it while it finds much anyway."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from streamgauge.postgres.database import Database
from streamgauge.processors import processor
from streamgauge.processors.lease import Lease
from streamgauge.streams import cloudevents_log
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.helpers import an_event, rows
from tests.service import eventually

CHANNEL = cloudevents_log.TABLE


class Counting:
    """Finds what the log has gained since the last look."""

    name = "counting"
    channels: Sequence[str] = (CHANNEL,)

    def __init__(self, database: Database) -> None:
        self.database = database
        self.found = 0
        self.looks = 0

    def step(self) -> int:
        ((count,),) = rows(self.database, "select count(*) from cloudevents_events")
        new = int(count) - self.found
        self.found += new
        self.looks += 1
        return new


@pytest.fixture
def counting(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    """It runs, and would not look again for an hour unless it is told."""
    monkeypatch.setattr(processor, "POLL_SECONDS", 3600.0)
    it = Counting(database)
    with running(database, it):
        yield it


@contextmanager
def running(database: Database, it: Counting) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=processor.run, args=(database, it, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        with database.transaction() as cursor:
            cursor.execute(f"notify {CHANNEL}")
        thread.join(10)  # one that is told nothing would wait on


def test_who_was_busy_is_told_again_once_it_finds_nothing(
    database: Database, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    ceased: list[bool] = []
    cease = Lease.cease_to_listen
    monkeypatch.setattr(
        Lease, "cease_to_listen", lambda lease: (ceased.append(True), cease(lease))[1]
    )
    log = CloudEventsLog(database)
    total = 0
    for size in (1, 100, 1, 1, 100, 100, 1):
        log.append([an_event(total + number) for number in range(size)])
        total += size
        eventually(lambda wanted=total: counting.found == wanted)
    assert ceased


def test_who_finds_nothing_looks_once_more_and_waits(
    database: Database, counting: Counting
) -> None:
    CloudEventsLog(database).append([an_event(number) for number in range(100)])
    eventually(lambda: counting.found == 100)
    # Once to find nothing, and once more, since it was not told until then.
    looks = eventually(lambda: counting.looks >= 3 and counting.looks)
    threading.Event().wait(0.3)
    assert counting.looks <= looks + 1


def test_a_lease_that_does_not_listen_is_told_nothing(database: Database) -> None:
    with Lease(database, "told", channels=(CHANNEL,)) as lease:
        assert lease.try_acquire()
        assert not lease.listen()
        lease.cease_to_listen()
        assert lease.listen()
        lease.cease_to_listen()
        assert lease._connection is not None
        assert lease._connection.execute("select * from pg_listening_channels()").fetchall() == []
        assert lease.listen()
        assert lease._connection.execute("select * from pg_listening_channels()").fetchall() == [
            (CHANNEL,)
        ]
