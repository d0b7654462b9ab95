"""Eight writers and a tailing reader: nothing skipped, nothing out of order, no gap, nothing lost.

On the oldest and the newest PostgreSQL, and every other that is found. The writers' connections are
cut now and then, in the middle of whatever they are at.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from streamgauge import Event
from streamgauge.errors import DatabaseUnavailable
from streamgauge.postgres.database import Database
from streamgauge.postgres.embedded import EmbeddedPostgres, find_binaries
from streamgauge.postgres.migrate import NEWEST_POSTGRES, OLDEST_POSTGRES, migrate
from streamgauge.streams.cloudevents_log import CloudEventsLog, Outcome, identity
from tests.conftest import THROW_AWAY
from tests.helpers import an_event, rows

FOUND = {found.major: found for found in find_binaries(os.environ)}
WRITERS, EACH = 8, 12_500
SIZES = (1, 1, 1, 1, 1, 1, 2, 5, 20, 100, 500)
PAGE = 1000


class Failures(list[BaseException]):
    """What went wrong in threads; everybody ends as soon as there is something."""

    @contextmanager
    def noted(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.append(error)


def append(database: Database, log: CloudEventsLog, events: Sequence[Event]) -> set[Outcome]:
    """As a client does that was promised nothing: try again until it is answered."""
    while True:
        try:
            return {each.outcome for each in log.append(events)}
        except DatabaseUnavailable:
            database.forget_broken_connections()


def write(url: str, writer: int, acknowledged: set[bytes], failures: Failures) -> None:
    """Append this writer's events, alone and in batches; of every other one some again later.

    Who never meets one that is known goes on trying whether all are new.
    """
    dice = random.Random(writer)
    mine = range(writer * EACH, (writer + 1) * EACH)
    with failures.noted(), Database(url, role="writer", pool_size=1) as database:
        log = CloudEventsLog(database)
        done = 0
        while done < EACH and not failures:
            size = min(dice.choice(SIZES), EACH - done)
            events = [an_event(number) for number in mine[done : done + size]]
            # What is sent again here is a duplicate, also if an answer was lost on the way.
            repeats = writer % 2 and done and dice.random() < 0.1
            again = [an_event(dice.choice(mine[:done]))] if repeats else []
            outcomes = append(database, log, [*again, *events])
            assert Outcome.CONFLICT not in outcomes
            acknowledged.update(identity(event.source, event.id).bytes for event in events)
            done += size


def tail(database: Database, over: Callable[[], bool], failures: Failures) -> list[bytes]:
    """The keys of all events, in the order of the log, read as processors do."""
    keys: list[bytes] = []
    log = CloudEventsLog(database)
    with failures.noted():
        while not failures:
            last_look = over()
            with database.transaction() as cursor:
                page = log.recorder.page(cursor, after=len(keys), limit=PAGE, max_bytes=10**9)
            # Without gaps, the position is how many there are: the next is the next.
            expected = range(len(keys) + 1, len(keys) + 1 + len(page))
            assert [row.position for row in page] == list(expected)
            keys += [row.key_bytes for row in page]
            if not page and last_look:
                break
    return keys


def cut(database: Database, over: threading.Event, failures: Failures) -> None:
    """Now and then, end the connection of one of the writers that are in a transaction."""
    dice = random.Random(42)
    with failures.noted():
        while not over.wait(dice.uniform(0.05, 0.4)):
            rows(
                database,
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name like 'streamgauge writer%%' and xact_start is not null"
                " order by random() limit 1",
            )


@pytest.mark.slow
@pytest.mark.parametrize("major", sorted({OLDEST_POSTGRES, NEWEST_POSTGRES, *FOUND}))
def test_a_tailing_reader_sees_every_event_of_eight_writers_once_and_in_order(
    major: int, open_folder: Path
) -> None:
    if major not in FOUND:
        pytest.skip(f"there is no PostgreSQL {major} here")
    folder = open_folder / f"eight-writers-{major}"
    with (
        EmbeddedPostgres.acquire(folder, binaries=FOUND[major], options=THROW_AWAY) as postgres,
        Database(postgres.url, role="test", pool_size=4) as database,
    ):
        migrate(database)
        failures = Failures()
        acknowledged: list[set[bytes]] = [set() for _ in range(WRITERS)]
        writers = [
            threading.Thread(target=write, args=(postgres.url, number, mine, failures))
            for number, mine in enumerate(acknowledged)
        ]
        written = threading.Event()
        cutter = threading.Thread(target=cut, args=(database, written, failures))
        for thread in (*writers, cutter):
            thread.start()
        try:
            keys = tail(database, lambda: not any(w.is_alive() for w in writers), failures)
        finally:
            for thread in writers:
                thread.join()
            written.set()
            cutter.join()
        assert failures == []
        assert len(keys) == len(set(keys)) == WRITERS * EACH
        assert set(keys) == set().union(*acknowledged)
        assert rows(
            database,
            "select count(*), min(notification_id), max(notification_id) from cloudevents_events",
        ) == [(len(keys), 1, len(keys))]
        ((killed,),) = rows(
            database,
            "select sessions_killed from pg_stat_database where datname = current_database()",
        )
        assert killed > 0  # connections were cut indeed
