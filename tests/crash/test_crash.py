"""kill -9 at any point gives the tables of an undisturbed run."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psycopg
import pytest

from streamgauge import CDEvent, Event
from streamgauge.cdevents import in_cloudevent
from streamgauge.postgres.database import Database
from streamgauge.postgres.embedded import EmbeddedPostgres
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.conftest import fresh_database
from tests.faults.test_nine_faults import rollout, scaling
from tests.helpers import a_deployment, rows
from tests.service import Service, eventually

SCRIPT = Path(__file__).with_name("crashing_worker.py")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CUT_OFF = (OSError, HTTPException)
"""What a client sees of a server that is killed; the second is an answer cut in the middle."""


def a_history() -> list[Event]:
    """Every kind of work: stateful and stateless transformers, native CDEvents, a dead letter."""
    broken = in_cloudevent(a_deployment(99))
    document: Any = {**a_deployment(99).document, "subject": {"id": "x"}}
    events: list[Event] = []
    for n in range(1, 7):
        image = f"registry.example/web:1.{(n - 1) % 3}"
        events.append(rollout(n, n, NOON + timedelta(hours=n), image=image))
        events.append(in_cloudevent(a_deployment(n)))
    events.append(type(broken)("/test", "bad", broken.type, in_cloudevent(CDEvent(document)).state))
    events.append(scaling(1, "Scaled up replica set api-1 to 3", time="2026-03-02T00:00:00Z"))
    events.append(scaling(2, "Scaled up replica set api-2 to 3", time="2026-03-03T00:00:00Z"))
    events.append(scaling(3, "Scaled up replica set api-1 to 3", time="2026-03-04T00:00:00Z"))
    return events


RESULTS = {
    "cdevents": "select tenant, originator_id, topic, state, transformer from cdevents_events"
    " order by notification_id",
    "states": "select tenant, transformer, key, state::text from transformer_states order by key",
    "delivery": "select * from deployment_attempts order by deployment_id",
    "dead letters": "select event_source, event_id, handler, reason, state, attempts"
    " from dead_letters order by 1, 2, 3",
}


def results(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    return {name: rows(database, query) for name, query in RESULTS.items()}


Work = Callable[..., tuple[int, int]]


@pytest.fixture(scope="module")
def work() -> Iterator[Work]:
    """Run a worker that dies at a transaction; its exit code, and how many transactions it did."""
    with subprocess.Popen(
        [sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        orders, answers = process.stdin, process.stdout

        def run(url: str, die_at: int = 0, die_when: str = "never") -> tuple[int, int]:
            orders.write(f"{die_at} {die_when} {url}\n")
            orders.flush()
            code, count = answers.readline().split()
            return int(code), int(count)

        yield run
        orders.close()


@contextmanager
def with_history(server_url: str) -> Iterator[Database]:
    with fresh_database(server_url) as url, Database(url) as database:
        CloudEventsLog(database).append(a_history())
        yield database


@pytest.mark.slow
def test_the_worker_dies_around_every_one_of_its_transactions(server_url: str, work: Work) -> None:
    with with_history(server_url) as database:
        code, transactions = work(database.url)
        assert code == 0
        undisturbed = results(database)
    assert len(undisturbed["cdevents"]) == 6 + 6 + 2
    assert len(undisturbed["dead letters"]) == 1
    assert transactions > 20
    for die_when in ("before", "after"):
        for die_at in range(1, transactions + 1):
            with with_history(server_url) as database:
                code, _ = work(database.url, die_at, die_when)
                assert code == -signal.SIGKILL, (die_when, die_at)
                assert work(database.url)[0] == 0
                assert results(database) == undisturbed, (die_when, die_at)


@pytest.mark.slow
def test_everything_is_killed_again_and_again_under_load(
    server_url: str, open_folder: Path, work: Work
) -> None:
    """Workers, HTTP servers and PostgreSQL die at random while a client sends and retries."""
    with with_history(server_url) as database:
        assert work(database.url)[0] == 0
        undisturbed = results(database)
    with EmbeddedPostgres.acquire(open_folder / "killed") as postgres:
        with Service.running(postgres.url):
            pass  # the tables are there now
        with Chaos(postgres.url) as chaos:
            for event in a_history():
                eventually(lambda event=event: chaos.send(event))
                time.sleep(chaos.dice.uniform(0, 0.3))
            eventually(lambda: all(chaos.kills.values()))
            for event in a_history():  # redeliveries change nothing
                eventually(lambda event=event: chaos.send(event))
            chaos.calm()
            eventually(chaos.settled)
        with Database(postgres.url) as database:
            assert results(database) == undisturbed


class Chaos:
    """Two workers, one HTTP server, and a thread that kills them and PostgreSQL by turns."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.dice = random.Random(2026)
        self.port = free_port()
        self.services: dict[str, Service] = {}
        self.kills = {"worker": 0, "http": 0, "postgres": 0}
        self._calm = threading.Event()
        self._stack = ExitStack()

    def __enter__(self) -> Chaos:
        for name in ("worker", "standby", "http"):
            self._start(name)
        self._thread = threading.Thread(target=self._rage)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.calm()
        for service in self.services.values():
            service.stop()

    def calm(self) -> None:
        self._calm.set()
        self._thread.join()

    def send(self, event: Event) -> bool:
        try:
            answer = self.services["http"].send(event)
        except CUT_OFF:
            return False
        assert answer.status in (202, 503), answer
        return answer.status == 202

    def settled(self) -> bool:
        """The last kill may have been a moment ago, so a connection may still be refused or cut."""
        with suppress(*CUT_OFF):
            return self.services["http"].settled()
        return False

    def _start(self, name: str) -> None:
        roles = ("ingest", "api") if name == "http" else ("worker",)
        service = Service.start(self.url, roles=roles, port=self.port)
        service.port = self.port
        self.services[name] = service

    def _rage(self) -> None:
        turns: list[Callable[[], None]] = [self._kill_worker, self._kill_http, self._kill_postgres]
        turn = 0
        while not self._calm.wait(self.dice.uniform(0.3, 1.5)):
            turns[turn % 3]()
            turn += 1

    def _kill_worker(self) -> None:
        name = self.dice.choice(["worker", "standby"])
        self.services[name].stop(signal.SIGKILL)
        self.kills["worker"] += 1
        self._start(name)

    def _kill_http(self) -> None:
        # Not before it was up: the client is to get something through between two kills.
        if not self._is_up():
            return
        # The arbiter, then the workers under it, in this order: it would start new ones, and a new
        # arbiter needs the port to be free.
        workers = children(self.services["http"].process.pid)
        self.services["http"].stop(signal.SIGKILL)
        for pid in workers:
            kill(pid)
        self.kills["http"] += 1
        self._start("http")

    def _is_up(self) -> bool:
        with suppress(*CUT_OFF):
            return self.services["http"].get("/readyz").status == 200
        return False

    def _kill_postgres(self) -> None:
        try:
            with psycopg.connect(self.url, connect_timeout=2) as conn:
                row = conn.execute("select pg_read_file('postmaster.pid')").fetchone()
        except psycopg.OperationalError:
            return  # it is starting again
        assert row is not None
        kill(int(str(row[0]).split("\n")[0]))
        self.kills["postgres"] += 1


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stands_by(database_url: str, process: int, processors: int) -> bool:
    """Whether it tries to hold each of so many processors, which takes a connection each."""
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "select query from pg_stat_activity where application_name like %s", (f"%:{process}",)
        ).fetchall()
    # It tries to take the lock, then looks whether the holder is frozen.
    tries = re.compile("pg_try_advisory_lock|frozen")
    return sum(tries.search(query) is not None for (query,) in found) >= processors


def test_a_standby_takes_over_within_five_seconds(database_url: str) -> None:
    """kill -9 of the holder; the time is a promise, not a measurement of speed."""
    with ExitStack() as stack:
        api = stack.enter_context(Service.running(database_url, roles=["api"]))
        workers = [
            stack.enter_context(Service.running(database_url, roles=["worker"])) for _ in range(2)
        ]

        def holders() -> set[str]:
            items = api.get("/v1/projections").json["items"]
            return {str(item["holder"]) for item in items}

        def pid_of_holder() -> int | None:
            found = holders()
            if "None" in found or len(found) != 1:
                return None
            return int(found.pop().rpartition(":")[2])

        def spread() -> bool:
            return "None" not in holders()

        eventually(spread)
        # Let one of the two hold everything, and kill that one.
        first = workers[0]
        workers[1].stop()
        eventually(lambda: pid_of_holder() == first.process.pid)
        second = stack.enter_context(Service.running(database_url, roles=["worker"]))
        processors = len(api.get("/v1/projections").json["items"])
        eventually(lambda: stands_by(database_url, second.process.pid, processors))
        first.stop(signal.SIGKILL)
        eventually(lambda: pid_of_holder() == second.process.pid, patience=5.0)


def test_the_supervisor_starts_again_what_was_killed_and_ends_all_with_itself(
    database_url: str,
) -> None:
    with Service.running(database_url) as service:
        first = children(service.process.pid)
        assert len(first) == 2
        # The worker gives way to those that answer requests.
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert sorted(os.getpriority(os.PRIO_PROCESS, pid) - own for pid in first) == [0, 5]
        for pid in first:
            kill(pid)

        def all_new() -> bool:
            now = children(service.process.pid)
            return len(now) == 2 and not set(now) & set(first)

        eventually(all_new)

        def answers() -> bool:
            try:
                return service.get("/readyz").status == 200
            except CUT_OFF:
                return False

        port = service.port
        service.output.clear()
        service.port = 0
        service.wait_ready()
        assert port  # port 0 was asked for, so the new server may have another
        eventually(answers)
        second = children(service.process.pid)
        grandchildren = [pid for child in second for pid in children(child)]
        service.stop(signal.SIGKILL)

        def all_gone() -> bool:
            return not any(Path(f"/proc/{pid}").exists() for pid in [*second, *grandchildren])

        eventually(all_gone)
