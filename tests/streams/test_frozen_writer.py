"""A process that is stopped in the middle of an append holds up nobody for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest

from streamgauge.errors import DatabaseUnavailable
from streamgauge.postgres.database import Database
from streamgauge.streams import recorder
from streamgauge.streams.cloudevents_log import CloudEventsLog, Outcome
from tests.helpers import an_event, rows
from tests.service import eventually

Stopped = Callable[[Database], AbstractContextManager[None]]
LOCK = "select pg_advisory_xact_lock(21320, hashtext('public.cloudevents_events'))"


@contextmanager
def between_two_statements(database: Database) -> Iterator[None]:
    """To Postgres, who is stopped there is idle in a transaction."""
    with database.connect() as conn, pytest.raises(psycopg.OperationalError), conn.transaction():
        conn.execute(LOCK)
        yield
        conn.execute("select 1")


@contextmanager
def within_a_pipeline(database: Database, name: str = "frozen") -> Iterator[None]:
    """To Postgres, who is stopped there is at work."""
    with database.connect() as conn, pytest.raises(psycopg.OperationalError), conn.pipeline():
        conn.execute(f"set application_name = '{name}'")
        conn.execute("begin")
        assert conn.execute(LOCK).fetchone() is not None
        yield
        conn.execute("select 1").fetchone()


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
@pytest.mark.parametrize("stopped", [between_two_statements, within_a_pipeline])
def test_others_are_told_soon_and_go_on_once_it_counts_as_frozen(
    database: Database, monkeypatch: pytest.MonkeyPatch, stopped: Stopped, known: bool
) -> None:
    monkeypatch.setattr(recorder, "FROZEN_SECONDS", 1.0)
    log = CloudEventsLog(database, patience=0.1)
    if known:
        log.append([an_event(1)])
        log.append([an_event(1)])
    with stopped(database):
        with pytest.raises(DatabaseUnavailable, match=r"others have been appending for 0\.1 s"):
            log.append([an_event(1), an_event(2)])

        def appended() -> bool:
            try:
                log.append([an_event(1), an_event(2)])
            except DatabaseUnavailable:
                return False
            return True

        eventually(appended)
    assert {each.outcome for each in log.append([an_event(1), an_event(2)])} == {Outcome.DUPLICATE}
    assert rows(database, "select count(*) from cloudevents_events") == [(2,)]


def test_who_can_wait_is_not_told_but_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "FROZEN_SECONDS", 0.3)
    log = CloudEventsLog(database, patience=1.0)
    with within_a_pipeline(database):
        assert [each.outcome for each in log.append([an_event(1)])] == [Outcome.NEW]


def test_who_is_at_work_keeps_the_lock(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "FROZEN_SECONDS", 0.3)
    log = CloudEventsLog(database, patience=0.05)
    with database.connect() as conn, conn.transaction():
        conn.execute(LOCK)
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            conn.execute("select")
            with pytest.raises(DatabaseUnavailable):
                log.append([an_event(1)])
        conn.execute("select")
    assert [each.outcome for each in log.append([an_event(1)])] == [Outcome.NEW]


def test_only_for_the_logs_lock_is_one_impatient(database: Database) -> None:
    """What locks the table, an index that is being made, say, is waited for."""
    log = CloudEventsLog(database, patience=0.1)
    for number in (1, 2):  # all new is tried; then, after a duplicate, each is looked for first
        with database.connect() as conn, conn.transaction():
            conn.execute("lock table cloudevents_events in share mode")
            events = [an_event(number)]
            appending = threading.Thread(target=log.append, args=(events,))
            appending.start()
            eventually(
                lambda: rows(
                    database,
                    "select 1 from pg_locks where not granted and"
                    " relation = 'cloudevents_events'::regclass",
                )
            )
            time.sleep(0.3)
        appending.join()
        assert {each.outcome for each in log.append(events)} == {Outcome.DUPLICATE}


def test_what_has_only_the_name_in_common_is_left_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "FROZEN_SECONDS", 0.5)
    log = CloudEventsLog(database, patience=1.0)
    with database.connect() as other, within_a_pipeline(database, name="mine"):
        other.execute("set application_name = 'mine'")
        other.execute("begin")
        assert [each.outcome for each in log.append([an_event(1)])] == [Outcome.NEW]
        other.execute("commit")
