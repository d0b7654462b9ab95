"""A worker is frozen in the middle of its work, another takes over, the first one is woken.

Nothing is folded twice, no position moves back, and both work on.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from streamgauge.cdevents import in_cloudevent
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.replay.status import status
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.conftest import ROOT
from tests.crash.freezing_worker import with_sums
from tests.crash.tables import contents, settled
from tests.faults.test_nine_faults import rollout
from tests.helpers import START, replay, rows, stages
from tests.replay.test_replay import of_a_commit
from tests.service import PATIENCE_SECONDS, eventually

STAGES = ("cdevents", "delivery", "sums", "links")


@contextmanager
def worker(
    url: str, processor: str = "none", when: str = "never"
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.freezing_worker", processor, when],
        env={**os.environ, "DATABASE_URL": url},
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def is_stopped(process: subprocess.Popen[bytes]) -> bool:
    options = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, options) is not None


class Background(threading.Thread):
    """Something that is done over and over, until the block ends; then its error is raised."""

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.over.is_set():
                self.again()
        except BaseException as error:
            self.error = error

    def again(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *exc: object) -> None:
        self.over.set()
        self.join()
        if self.error is not None:
            raise self.error


class Feeding(Background):
    """Sends a few events now and then: deployments, and what a transformer remembers."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.log = CloudEventsLog(database)
        self.sent = 0

    def again(self) -> None:
        events = [
            in_cloudevent(of_a_commit(n, service=f"s{n % 3}"))
            if n % 4
            else rollout(n + 1, n + 1, START, image=f"registry.example/web:1.{n}")
            for n in range(self.sent, self.sent + 3)
        ]
        self.log.append(events)
        self.sent += 3
        self.over.wait(0.03)


class Watching(Background):
    """Sees to it that no position moves back."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.seen: dict[str, int] = {}

    def again(self) -> None:
        found = dict(
            rows(
                self.database,
                "select application_name, notification_id from streamgauge_tracking",
            )
        )
        for reader, position in found.items():
            assert position >= self.seen.get(reader, 0), reader
        self.seen = found
        self.over.wait(0.005)


def holders(database: Database, plugins: Plugins) -> set[int | None]:
    """The process ids of those that hold the stages' leases."""
    with database.snapshot() as cursor:
        found = [stage.holder for stage in status(cursor, stages(database, plugins))]
    return {int(holder.rpartition(":")[2]) if holder else None for holder in found}


def position(database: Database, processor: str) -> int:
    ((found,),) = rows(
        database,
        "select notification_id from streamgauge_tracking where application_name = %s",
        f"{processor}@1",
    )
    return int(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("processor", "when"),
    [
        *[(stage, when) for stage in STAGES for when in ("before", "after")],
        ("cdevents", "between"),
        ("delivery", "copying"),
    ],
)
def test_a_frozen_holder_is_replaced_and_does_no_harm_when_it_wakes(
    database: Database, processor: str, when: str
) -> None:
    plugins = with_sums(Settings.load({}))
    feeding, watching = Feeding(database), Watching(database)
    with ExitStack() as stack:
        stack.enter_context(watching)
        background = stack.enter_context(ExitStack())
        background.enter_context(feeding)
        frozen = stack.enter_context(worker(database.url, processor, when))
        eventually(lambda: is_stopped(frozen))
        stopped_at = position(database, processor)
        other = stack.enter_context(worker(database.url))
        eventually(lambda: holders(database, plugins) == {other.pid})
        eventually(lambda: position(database, processor) > stopped_at + 20)
        assert is_stopped(frozen)
        frozen.send_signal(signal.SIGCONT)
        # The one that was frozen takes over in its turn.
        other.terminate()
        other.wait(PATIENCE_SECONDS)
        eventually(lambda: holders(database, plugins) == {frozen.pid})
        background.close()
        eventually(lambda: settled(database, plugins))
        assert frozen.poll() is None

    assert rows(database, "select reason from dead_letters") == []
    assert rows(database, "select count(*) from deployments") == [(feeding.sent,)]
    assert rows(database, "select sum(n) from sums") == rows(
        database, "select count(*) from cdevents_raw where cd_type like '%%.service.deployed.%%'"
    )
    disturbed = contents(database, *STAGES)
    replay(database, plugins, "cdevents")
    assert contents(database, *STAGES) == disturbed
