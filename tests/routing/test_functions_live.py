"""The whole service with functions: in other languages, and killed in the middle of a call."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from streamgauge import Event, new_event
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.conftest import ROOT
from tests.helpers import an_event, rows
from tests.routing.function_server import Asked, FunctionServer, Reply, deployed
from tests.routing.test_router import subjects
from tests.service import PATIENCE_SECONDS, Service, eventually

HOW_TO = ROOT / "docs/how-to/write-a-function.md"
EVENTS = 40


def landing(mission: int, *, landed: bool = True) -> Event:
    data = {
        "mission": mission,
        "landed": landed,
        "service": "shop",
        "planet": "production",
        "version": "1.4",
    }
    return new_event(
        id=str(mission),
        source="https://rocket.example",
        type="example.rocket.landed",
        time="2026-03-01T12:30:00Z",
        data=data,
    )


def in_perl(folder: Path) -> Sequence[str]:
    return ["perl", str(Path(__file__).with_name("functions") / "landed.pl")]


def in_javascript(folder: Path) -> Sequence[str]:
    """The documentation's own code."""
    (block,) = re.findall(r"^ *```js\n(.*?)^ *```", HOW_TO.read_text(), re.M | re.S)
    path = folder / "landed.mjs"
    path.write_text(block)
    return ["node", str(path)]


@contextmanager
def listening(command: Sequence[str]) -> Iterator[str]:
    """The URL of a function that is a process of its own."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    environ = {**os.environ, "PORT": "0"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            yield f"http://127.0.0.1:{int(said.rpartition(' ')[2])}/"
        finally:
            process.kill()


def routing(target: str) -> dict[str, str]:
    return {"CE_ROUTES": json.dumps({"routes": {"example.rocket.landed": [target]}})}


@pytest.mark.slow
@pytest.mark.parametrize("language", [in_perl, in_javascript])
def test_a_function_in_another_language_makes_cdevents(
    database: Database, language: Callable[[Path], Sequence[str]], tmp_path: Path
) -> None:
    with (
        listening(language(tmp_path)) as url,
        Service.running(database.url, environ=routing(f"binary+{url}")) as service,
    ):
        for mission in range(20):
            assert service.send(landing(mission, landed=mission != 7)).status == 202
        service.settle()
    assert rows(database, "select reason from dead_letters") == []
    assert {cd_id for (cd_id,) in subjects(database)} == {
        f"{mission}-landed" for mission in range(20) if mission != 7
    }
    assert rows(database, "select count(*) from deployments") == [(19,)]


@pytest.mark.slow
def test_a_worker_that_is_killed_in_the_middle_of_its_calls_loses_and_doubles_nothing(
    database: Database,
) -> None:
    appended = CloudEventsLog(database).append([an_event(n) for n in range(EVENTS)])
    go_on = threading.Event()
    held = threading.Event()

    def answering(asked: Asked) -> Reply:
        if asked.number == EVENTS // 2 and not go_on.is_set():
            held.set()
            go_on.wait(PATIENCE_SECONDS)
        return deployed(asked)

    with FunctionServer.running() as server:
        server.answering = answering
        environ = {"CE_ROUTES": json.dumps({"routes": {"com.example.*": [server.url]}})}
        first = Service.start(database.url, roles=["worker"], environ=environ)
        try:
            assert held.wait(PATIENCE_SECONDS)
        finally:
            first.stop(signal.SIGKILL)
        go_on.set()
        query = "select cause, cd_id from cdevents_raw order by event_id"
        with Service.running(database.url, roles=["worker"], environ=environ):
            eventually(lambda: len(rows(database, query)) == EVENTS)
    assert rows(database, query) == [
        (a.position, f"deployment-{n}") for n, a in enumerate(appended)
    ]
    assert rows(database, "select * from dead_letters") == []


@pytest.mark.slow
def test_a_short_outage_of_a_function_needs_nobody(database: Database) -> None:
    """The real worker: its own pauses, its own breaker, and a function that is away for a while."""
    away = threading.Event()
    away.set()
    with FunctionServer.running() as server:
        server.answering = lambda asked: Reply(503) if away.is_set() else deployed(asked)
        environ = {"CE_ROUTES": json.dumps({"routes": {"com.example.*": [server.url]}})}
        log = CloudEventsLog(database)
        log.append([an_event(n) for n in range(EVENTS)])
        with Service.running(database.url, roles=["worker"], environ=environ):
            letters = "select count(*) from dead_letters where state = 'waiting'"
            eventually(lambda: rows(database, letters) == [(EVENTS,)])
            away.clear()
            log.append([an_event(EVENTS)])
            eventually(lambda: len(subjects(database)) == EVENTS + 1)
    assert rows(database, "select distinct state from dead_letters") == [("done",)]
