"""The connection a worker listens over is cut, PostgreSQL restarts, no notification comes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from streamgauge.cdevents import in_cloudevent
from streamgauge.errors import DatabaseUnavailable
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.postgres.embedded import EmbeddedPostgres
from streamgauge.postgres.migrate import migrate
from streamgauge.processors.lease import LOCK_CLASS
from streamgauge.processors.worker import Worker
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import TABLE, CloudEventsLog, identity
from streamgauge.streams.recorder import Row, StreamRecorder
from tests.conftest import THROW_AWAY
from tests.helpers import START, a_deployment, rows
from tests.service import eventually

EVER = MetricQuery.parse({"from": ["2025-12-01"], "to": ["2027-12-01"]}, now=START)


@contextmanager
def working(url: str) -> Iterator[None]:
    worker = Worker(Settings.load({}), url)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join()


def send(database: Database, number: int) -> None:
    CloudEventsLog(database).append([in_cloudevent(a_deployment(number))])


def see(database: Database, plugins: Plugins, n: int) -> None:
    """Wait until the metric counts so many deployments."""

    def seen() -> bool:
        try:
            return bool(answer(database, plugins, "deployment_frequency", EVER)["n"] == n)
        except DatabaseUnavailable:  # the worker has not begun, or PostgreSQL is away
            database.forget_broken_connections()
            return False

    eventually(seen)


def listeners(database: Database) -> set[int]:
    """The server processes that hold the leases."""
    found = rows(
        database,
        "select pid from pg_locks where locktype = 'advisory' and objsubid = 2 and granted"
        " and database = (select oid from pg_database where datname = current_database())"
        " and classid = %s",
        LOCK_CLASS,
    )
    return {pid for (pid,) in found}


def test_the_connections_that_listen_are_cut(database: Database, plugins: Plugins) -> None:
    with working(database.url):
        send(database, 1)
        see(database, plugins, 1)
        for number in (2, 3):
            cut = listeners(database)
            assert cut
            rows(database, "select pg_terminate_backend(pid) from unnest(%s) as pid", list(cut))
            send(database, number)
            see(database, plugins, number)
            eventually(lambda cut=cut: len(listeners(database) - cut) == len(cut))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["restart", "crash"])
def test_postgresql_restarts(open_folder: Path, plugins: Plugins, number: signal.Signals) -> None:
    folder = open_folder / f"restarted-{number.name}"
    with (
        EmbeddedPostgres.acquire(folder, options=THROW_AWAY) as postgres,
        Database(postgres.url) as database,
    ):
        migrate(database)
        with working(postgres.url):
            send(database, 1)
            see(database, plugins, 1)
            before = started(postgres.url)
            ((file,),) = rows(database, "select pg_read_file('postmaster.pid')")
            os.kill(int(file.split("\n")[0]), number)
            eventually(lambda: started(postgres.url) not in (None, before))
            database.forget_broken_connections()
            send(database, 2)
            see(database, plugins, 2)


def started(url: str) -> object:
    """When PostgreSQL was started; None while it is away."""
    try:
        with psycopg.connect(url, connect_timeout=2) as conn:
            row = conn.execute("select pg_postmaster_start_time()").fetchone()
    except psycopg.OperationalError:
        return None
    return row and row[0]


def test_an_event_that_is_not_told_of_is_found_all_the_same(
    database: Database, plugins: Plugins
) -> None:
    untold = StreamRecorder(database.datastore, events_table_name=TABLE, channel=f"c{uuid4()}")
    with working(database.url):
        send(database, 1)
        see(database, plugins, 1)
        event = in_cloudevent(a_deployment(2))
        with database.transaction() as cursor:
            row = Row("default", identity(event.source, event.id), event.type, event.state)
            untold.append(cursor, [row])
        see(database, plugins, 2)
