"""A running worker follows the routing table's file."""

from __future__ import annotations

import logging
import random
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from streamgauge.cdevents import in_cloudevent
from streamgauge.postgres.database import Database
from streamgauge.processors.worker import Worker
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.cli.test_cli import run
from tests.helpers import a_deployment, rows
from tests.service import Service, eventually

EVERYTHING = "routes: {dev.cdevents.*: [cdevents]}"
NOTHING = "routes: {dev.cdevents.*: []}"
ONLY_THE_CART = f"{NOTHING}\nrules: [{{when: data.subject.id == 'cart', to: [cdevents]}}]"
BROKEN = "rules: [{to: [nobody]}]"


def environ(path: Path) -> Mapping[str, str]:
    return {"STREAMGAUGE_ROUTES": str(path)}


def replace(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


@contextmanager
def working(url: str, path: Path) -> Iterator[None]:
    worker = Worker(Settings.load(environ(path)), url)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join()


def send(database: Database, *numbers: int, service: str = "shop") -> None:
    events = [in_cloudevent(a_deployment(number, service=service)) for number in numbers]
    CloudEventsLog(database).append(events)


def settle(database: Database) -> None:
    """Wait until the router has passed every event."""
    query = (
        "select (select max(notification_id) from cloudevents_events) = last"
        " from (select notification_id as last from streamgauge_tracking"
        " where application_name = 'cdevents@1') t"
    )
    eventually(lambda: rows(database, query) == [(True,)])


def routed(database: Database) -> list[int]:
    found = rows(database, "select cd_id from cdevents_raw")
    return sorted(int(cd_id.removeprefix("deployment-")) for (cd_id,) in found)


def test_a_new_table_holds_for_the_events_after_it(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(EVERYTHING)

    def change(text: str, said: str) -> None:
        caplog.clear()
        replace(path, text)
        eventually(lambda: any(said in message for message in caplog.messages))

    with caplog.at_level(logging.INFO), working(database.url, path):
        send(database, 1, 2)
        settle(database)
        change(ONLY_THE_CART, "the routing was read anew")
        send(database, 3)
        send(database, 4, service="cart")
        settle(database)
        change(BROKEN, ": there is no transformer named 'nobody'")
        send(database, 5)
        send(database, 6, service="cart")
        settle(database)
        change(EVERYTHING, "the routing was read anew")
        send(database, 7)
        settle(database)
    assert routed(database) == [1, 2, 4, 6, 7]
    assert rows(database, "select count(*) from dead_letters") == [(0,)]
    build = "select build, state, definition from builds where stage = 'cdevents'"
    assert rows(database, build) == [(1, "current", None)]


def test_a_worker_that_takes_over_goes_on_by_the_newest_table(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(EVERYTHING)
    holder = Service.start(database.url, roles=["worker"], environ=environ(path))
    try:
        send(database, 1)
        eventually(lambda: routed(database) == [1])
        with caplog.at_level(logging.INFO), working(database.url, path):
            replace(path, NOTHING)
            eventually(lambda: "the routing was read anew" in caplog.messages)
            assert "cdevents: holding the lease" not in caplog.messages
            holder.stop(signal.SIGKILL)
            send(database, 2)
            settle(database)
            assert "cdevents: holding the lease" in caplog.messages
    finally:
        holder.stop()
    assert routed(database) == [1]


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_when_workers_are_killed_while_tables_change(
    database: Database, tmp_path: Path
) -> None:
    """Deployments of the cart are routed by each table, those of the shop by every other."""
    path = tmp_path / "routes.yaml"
    path.write_text(EVERYTHING)

    def start() -> Service:
        return Service.start(database.url, roles=["worker"], environ=environ(path))

    dice = random.Random(2026)
    carts, shops = range(1, 121), range(1001, 1121)
    workers = [start(), start()]
    try:
        send(database, 0, service="cart")
        settle(database)
        for turn in range(6):
            replace(path, EVERYTHING if turn % 2 else ONLY_THE_CART)
            dies_at = dice.randrange(20)
            for n in range(20 * turn, 20 * turn + 20):
                send(database, carts[n], service="cart")
                send(database, shops[n])
                time.sleep(dice.uniform(0, 0.3))
                if n - 20 * turn == dies_at:
                    workers[turn % 2].stop(signal.SIGKILL)
                    workers[turn % 2] = start()
        settle(database)
    finally:
        for worker in workers:
            worker.stop()
    found = routed(database)
    assert [number for number in found if number < 1000] == [0, *carts]
    assert len(set(found)) == len(found)
    assert 0 < len(found) - 121 < 120  # both tables were in force at some time
    assert rows(database, "select count(*) from dead_letters") == [(0,)]


def test_status_says_that_the_table_is_not_in_force(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text("rules: [{to: [cdevents], when: 1 +}]")
    reason = f"the routing table is not in force: {path}: rule 1: when: '1 +': line 1, column 4: "
    done = run("status", url=database.url, environ=environ(path))
    assert done.code == 0
    assert f"cdevents stays as it is: {reason}" in done.out
    items = run("status", "--json", url=database.url, environ=environ(path)).json["stages"]
    assert items[0]["definition_error"].startswith(reason)
    path.write_text(EVERYTHING)
    items = run("status", "--json", url=database.url, environ=environ(path)).json["stages"]
    assert items[0]["definition_error"] is None


def test_the_service_says_so_too_and_a_worker_does_not_start_with_it(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(EVERYTHING)
    with Service.running(database.url, environ=environ(path)) as service:
        service.settle()
        assert service.get("/v1/projections").json["items"][0]["definition_error"] is None
        replace(path, BROKEN)
        item = service.get("/v1/projections").json["items"][0]
        assert f"not in force: {path}: " in item["definition_error"]
        assert "there is no transformer named 'nobody'" in item["definition_error"]
        eventually(lambda: any("the routing stays as it was" in x for x in service.output))
        service.send(in_cloudevent(a_deployment(1)))
        service.settle()
        assert routed(database) == [1]
    assert run("serve", "--role", "worker", url=database.url, environ=environ(path)).code == 2
