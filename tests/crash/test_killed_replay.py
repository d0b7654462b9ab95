"""A replay killed with kill -9 again and again gives the tables of one that nobody disturbed.

Meanwhile events go on coming in, a worker goes on folding them, and readers never see less than
they saw before, nor anything that is not all there is up to a position.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from streamgauge import CDEvent, Event
from streamgauge.cdevents import in_cloudevent
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.metrics.query import TIERS
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import CloudEventsLog, Outcome
from tests.conftest import fresh_database
from tests.crash.tables import contents, settled
from tests.faults.test_nine_faults import rollout
from tests.helpers import START, a_deployment, rows
from tests.replay.test_replay import of_a_commit
from tests.service import Service, eventually

SCRIPT = Path(__file__).with_name("killable_replay.py")
KINDS = ("service.deployed", "service.upgraded", "service.rolledback")
STAGES = ("cdevents", "delivery", "links")


def the_event(number: int) -> Event:
    """Of every kind of work something: facts, what is none, what is parked, a transformer's own."""
    if number % 50 == 7:
        sent = in_cloudevent(a_deployment(number))
        document: Any = {**a_deployment(number).document, "subject": {"id": "x"}}
        return Event("/test", f"bad-{number}", sent.type, in_cloudevent(CDEvent(document)).state)
    at = START + timedelta(minutes=7 * number)
    if number % 20 == 3:
        return rollout(number, number, at, image=f"registry.example/web:1.{number}")
    kind = KINDS[number % 3]
    return in_cloudevent(of_a_commit(number, at=at, service=f"s{number % 7}", kind=kind))


class Writer(threading.Thread):
    """Appends for as long as it is let, some events alone, some in batches, some twice."""

    def __init__(self, url: str, *, first: int) -> None:
        super().__init__()
        self.url, self.number = url, first
        self.over = threading.Event()
        self.error: Exception | None = None

    def run(self) -> None:
        dice = random.Random(7)
        try:
            with Database(self.url, role="writer") as database:
                log = CloudEventsLog(database)
                while not self.over.wait(0.01):
                    size = dice.choice((1, 1, 1, 5, 20))
                    events = [the_event(self.number + n) for n in range(size)]
                    found = log.append([*events, the_event(dice.randrange(self.number))])
                    assert [each.outcome for each in found] == [
                        *[Outcome.NEW] * size,
                        Outcome.DUPLICATE,
                    ]
                    self.number += size
        except Exception as error:
            self.error = error


class Reader(threading.Thread):
    """Asks over and over, and keeps every answer that is another than the one before."""

    def __init__(self, ask: Callable[[], tuple[int, ...]]) -> None:
        super().__init__()
        self.ask = ask
        self.seen: list[tuple[int, ...]] = []
        self.over = threading.Event()
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            while not self.over.wait(0.02):
                found = self.ask()
                if self.seen[-1:] != [found]:
                    self.seen.append(found)
        except Exception as error:
            self.error = error


def going_on(threads: Sequence[Writer | Reader], stack: ExitStack) -> Callable[[], None]:
    """Start them; what is returned ends them, and fails where one of them failed."""

    def end() -> None:
        for thread in threads:
            thread.over.set()
        for thread in threads:
            thread.join()

    for thread in threads:
        thread.start()
    stack.callback(end)

    def end_well() -> None:
        end()
        assert [thread.error for thread in threads if thread.error] == []

    return end_well


class Replays:
    """Replays as processes of their own, which are killed on the way or not."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self._process = process

    @classmethod
    @contextmanager
    def of(cls, url: str) -> Iterator[Replays]:
        with subprocess.Popen(
            [sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            with process.stdin:
                yield cls(url, process)

    def run(self, *arguments: str, kill_at: int | None = None, pause: float = 0.0) -> int:
        """Run the command, kill it a moment after it began its Nth transaction; how it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"url": self.url, "arguments": ["replay", *arguments]}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        pid = begun = 0
        for line in self._process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "started":
                pid = int(rest)
            elif word == "ended":
                return int(rest)
            elif word == ".":
                begun += 1
                if begun == kill_at:
                    time.sleep(pause)
                    with suppress(ProcessLookupError):  # it was done before
                        os.kill(pid, signal.SIGKILL)
        raise AssertionError("the process that starts the replays has ended")


EVER = MetricQuery.parse(
    {"from": ["2025-12-01"], "to": ["2027-12-01"], "group_by": ["service"], "tier": list(TIERS)},
    now=START,
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "kills", "latest"),
    [
        (["delivery", "--workers", "1"], 20, 40),
        (["delivery", "--workers", "2"], 8, 40),
        (["--from", "cloudevents", "--workers", "1"], 8, 200),
    ],
    ids=["one process", "two processes", "from the CloudEvents"],
)
def test_a_replay_that_is_killed_again_and_again(
    server_url: str, plugins: Plugins, arguments: list[str], kills: int, latest: int
) -> None:
    """The kills fall on ranges, on indexes, on catching up and on the swap; `latest` sees to it."""
    dice = random.Random(f"{arguments}")
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(server_url))
        database = stack.enter_context(Database(url, role="test", pool_size=8))
        first = 3000
        CloudEventsLog(database).append([the_event(n) for n in range(first)])
        stack.enter_context(Service.running(url, roles=["worker"]))
        eventually(lambda: settled(database, plugins))
        replays = stack.enter_context(Replays.of(url))

        def counted() -> tuple[int, ...]:
            ((n, different),) = rows(
                database, "select count(*), count(distinct deployment_id) from deployments"
            )
            return n, different

        def answered() -> tuple[int, ...]:
            found = answer(database, plugins, "deployment_frequency", EVER)
            return found["as_of"]["position"], found["n"], sum(g["n"] for g in found["groups"])

        writer, view, metric = Writer(url, first=first), Reader(counted), Reader(answered)
        end = going_on([writer, view, metric], stack)

        killed = resumed = 0
        while killed < kills:
            kill_at, pause = dice.randint(1, latest), dice.random() / 50
            code = replays.run(*arguments, kill_at=kill_at, pause=pause)
            assert code in (0, -signal.SIGKILL)
            killed += code != 0
            resumed += bool(rows(database, "select from builds where state = 'building' limit 1"))
        assert resumed  # else none was killed on the way
        assert replays.run(*arguments) == 0
        end()
        eventually(lambda: settled(database, plugins))

        chain = STAGES if "cloudevents" in arguments else STAGES[1:]
        killed_ones = contents(database, *chain)
        ((before,),) = rows(
            database, "select build from builds where stage = 'delivery' and state = 'current'"
        )
        assert replays.run(*arguments) == 0
        undisturbed = contents(database, *chain)
        assert rows(
            database,
            "select state from builds where stage = 'delivery' and build = %s",
            before,
        ) == [("replaced",)]
        assert killed_ones == undisturbed

        # Nothing that was acknowledged is missing.
        sent = [the_event(n) for n in range(writer.number)]
        deployments = sum(not event.id.startswith("bad") for event in sent)
        assert rows(database, "select count(*) from cloudevents_events") == [(len(sent),)]
        assert rows(database, "select count(*) from deployments") == [(deployments,)]

        # Each answer was of all the deployments up to its position; none went back.
        assert [n for n, _ in view.seen] == [n for _, n in view.seen]
        assert view.seen == sorted(view.seen)
        assert metric.seen == sorted(metric.seen)
        positions = [row[0] for row in rows(database, POSITIONS)]
        for position, n, grouped in metric.seen:
            assert n == grouped == sum(each <= position for each in positions)
        assert len(metric.seen) > kills


POSITIONS = """
select c.event_id from cdevents_raw c join deployments d
    on d.event_source = c.cd_source and d.event_id = c.cd_id
"""
