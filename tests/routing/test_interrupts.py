"""KeyboardInterrupt: a plugin's own parks the event, somebody's Ctrl-C ends the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from streamgauge import CDEvent, CloudEvent
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.conftest import ROOT
from tests.helpers import an_event, drain, rows
from tests.routing.slow_plugins import Deploys
from tests.routing.test_bad_transformers import Raises, Remembers
from tests.routing.test_router import router, subjects
from tests.service import PATIENCE_SECONDS, eventually

PLUGINS = [Raises(KeyboardInterrupt("stop")), Remembers(key=KeyboardInterrupt("stop"))]
PARKED = [("event-1", "parked", "KeyboardInterrupt: stop")]
LETTERS = "select event_id, state, reason from dead_letters"


@pytest.fixture
def handled() -> Iterator[None]:
    """SIGINT has a handler, as in a worker."""
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("handled")
@pytest.mark.parametrize("bad", PLUGINS)
def test_one_that_a_plugin_raises_parks_the_event(database: Database, bad: Any) -> None:
    CloudEventsLog(database).append([an_event(1)])
    drain(router(database, [bad, Deploys()]))
    assert rows(database, LETTERS) == PARKED
    assert subjects(database) == [("deployment-1",)]


@pytest.mark.parametrize("bad", PLUGINS)
def test_so_does_one_in_another_thread(database: Database, bad: Any) -> None:
    CloudEventsLog(database).append([an_event(1)])
    it = router(database, [bad, Deploys()])
    thread = threading.Thread(target=lambda: drain(it))
    thread.start()
    thread.join()
    assert rows(database, LETTERS) == PARKED
    assert subjects(database) == [("deployment-1",)]


class PressesCtrlC:
    name = "presses ctrl-c"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        signal.raise_signal(signal.SIGINT)
        return []


def test_somebodys_ctrl_c_is_no_events_fault(database: Database) -> None:
    """A replay that is run by hand ends where it is."""
    CloudEventsLog(database).append([an_event(1)])
    with pytest.raises(KeyboardInterrupt):
        drain(router(database, [PressesCtrlC()]))
    assert rows(database, LETTERS) == []


def test_a_worker_whose_router_ends_by_an_error_ends_as_a_whole(database: Database) -> None:
    """This one has nobody who handles SIGINT."""
    environ = {
        "DATABASE_URL": database.url,
        "CE_ROUTES": "routes: {q: [quick]}",
    }
    log = CloudEventsLog(database)
    log.append([an_event(1, type="q")])
    with subprocess.Popen(
        [sys.executable, "-m", "tests.routing.slow_plugins"],
        env={**os.environ, **environ},
        cwd=ROOT,
    ) as process:
        try:
            eventually(lambda: len(subjects(database)) == 1)
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_SECONDS) != 0
        finally:
            process.kill()
