"""A transformer that takes too long, or gives without end, parks its event; the log goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import CDEvent, CloudEvent
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.routing.budget import MOST_BYTES, MOST_CDEVENTS, Budget, BudgetExceeded
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.conftest import ROOT
from tests.helpers import a_deployment, an_event, drain, replay, rows
from tests.routing.slow_plugins import SLOW, Deploys, LooksForAKey, Loops, Sleeps, with_slow
from tests.routing.test_router import router, subjects
from tests.service import PATIENCE_SECONDS, eventually

SECOND = {"STREAMGAUGE_TRANSFORMER_TIMEOUT": "1"}
REASON = "BudgetExceeded: took longer than 1 s, which transformer_timeout allows"


@pytest.mark.parametrize("kind", SLOW, ids=lambda kind: kind.name)
def test_one_that_takes_too_long_parks_the_event(database: Database, kind: Any) -> None:
    slow: Any = kind()
    CloudEventsLog(database).append([an_event(n, type=t) for n, t in enumerate("aba")])
    routes = {"a": ["quick"], "b": [slow.name, "quick"]}
    drain(router(database, [slow, Deploys()], routes, settings=SECOND))
    assert subjects(database) == [(f"deployment-{n}",) for n in range(3)]
    assert rows(database, "select event_id, handler, state, reason from dead_letters") == [
        ("event-1", slow.name, "parked", REASON)
    ]
    assert rows(database, "select * from transformer_states") == []


class Floods:
    """Gives a CDEvent for each number, up to `last` if there is one."""

    name = "floods"

    def __init__(self, last: int | None = None) -> None:
        self.last = last

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        numbers = count(1) if self.last is None else range(1, self.last + 1)
        return (a_deployment(n) for n in numbers)


@pytest.mark.parametrize("last", [None, MOST_CDEVENTS + 1])
def test_one_that_gives_too_many_parks_the_event(database: Database, last: int | None) -> None:
    CloudEventsLog(database).append([an_event(n, type=t) for n, t in enumerate("ba")])
    drain(router(database, [Floods(last), Deploys()], {"a": ["quick"], "b": ["floods"]}))
    assert rows(database, "select reason from dead_letters") == [
        ("TooMuch: gave more than 10,000 CDEvents for one event",)
    ]
    assert subjects(database) == [("deployment-1",)]


def test_as_many_as_there_may_be_are_kept(database: Database) -> None:
    CloudEventsLog(database).append([an_event(1)])
    drain(router(database, [Floods(MOST_CDEVENTS)]))
    assert rows(database, "select count(*) from cdevents_raw") == [(MOST_CDEVENTS,)]


class Bloats:
    """Gives a CDEvent of more and more bytes."""

    name = "bloats"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        data: Any = event.get_data()
        size = MOST_BYTES // 2 * data["number"]
        return [a_deployment(data["number"], custom_data={"notes": "x" * size})]


def test_one_that_gives_too_much_parks_the_event(database: Database) -> None:
    CloudEventsLog(database).append([an_event(n) for n in range(4)])
    drain(router(database, [Bloats()]))
    assert rows(database, "select event_id from dead_letters order by position") == [
        ("event-2",),
        ("event-3",),
    ]
    reasons = rows(database, "select reason from dead_letters")
    assert all(r.endswith(f"bytes; {MOST_BYTES:,} are allowed") for (r,) in reasons)
    assert subjects(database) == [("deployment-0",), ("deployment-1",)]


class SlowFor(Loops):
    """Takes too long for the first so many events; `asked` counts them."""

    name = "slow at first"

    def __init__(self, times: int) -> None:
        self.times = times
        self.asked = 0

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        self.asked += 1
        if self.asked <= self.times:
            return super().transform(event)
        return [a_deployment(event.get_data()["number"])]  # type: ignore[index, call-overload]


def test_one_that_takes_too_long_at_every_event_is_left_alone_for_a_while(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its events are not lost: when it is quick again, they are made up for."""
    monkeypatch.setattr("streamgauge.routing.breaker.FIRST_PAUSE", 3600.0)
    monkeypatch.setattr("streamgauge.routing.breaker.LONGEST_PAUSE", 3600.0)
    slow = SlowFor(3)
    CloudEventsLog(database).append([an_event(n) for n in range(20)])
    it = router(database, [slow, Deploys()], {"com.example.*": [slow.name]}, settings=SECOND)
    drain(it)
    assert slow.asked == 3
    states = "select state, count(*) from dead_letters group by 1 order by 1"
    assert rows(database, states) == [("parked", 3), ("waiting", 17)]
    ((reason,),) = rows(database, "select reason from dead_letters order by position desc limit 1")
    assert reason.startswith("Away: slow at first was not called: the circuit breaker is open")

    # A new process: what is known of the breaker is forgotten, what waits is not.
    it = router(database, [slow], {"com.example.*": [slow.name]}, settings=SECOND)
    with database.transaction() as cursor:
        cursor.execute("update dead_letters set changed_at = changed_at - interval '1 hour'")
    drain(it)
    assert rows(database, states) == [("done", 17), ("parked", 3)]
    assert len(subjects(database)) == 17


def test_so_is_one_that_takes_too_long_to_find_its_key(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamgauge.routing.breaker.FIRST_PAUSE", 3600.0)
    monkeypatch.setattr("streamgauge.routing.breaker.LONGEST_PAUSE", 3600.0)
    CloudEventsLog(database).append([an_event(n) for n in range(20)])
    drain(router(database, [LooksForAKey(), Deploys()], settings=SECOND))
    assert len(subjects(database)) == 20
    assert rows(database, "select state, count(*) from dead_letters group by 1 order by 1") == [
        ("parked", 3),
        ("waiting", 17),
    ]


def test_a_replay_has_the_same_budget(database: Database) -> None:
    plugins = with_slow(Settings.load({**SECOND, "CE_ROUTES": json.dumps(TABLE)}))
    CloudEventsLog(database).append([an_event(n, type=t) for n, t in enumerate(["q", *TYPES, "q"])])
    drain(router(database, [], {"q": []}))
    replay(database, plugins, "cdevents")
    assert rows(database, "select processor, handler, state, reason from dead_letters") == [
        ("cdevents@2", name, "parked", REASON) for name in TYPES
    ]
    assert [cd_id for (cd_id,) in subjects(database)] == ["deployment-0", "deployment-4"]


def test_in_another_thread_nothing_is_interrupted(database: Database) -> None:
    CloudEventsLog(database).append([an_event(1, type="a")])
    it = router(database, [Deploys()], {"a": ["quick"]}, settings=SECOND)
    thread = threading.Thread(target=lambda: drain(it))
    thread.start()
    thread.join()
    assert subjects(database) == [("deployment-1",)]


def test_what_the_signal_did_before_it_does_afterwards() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: heard.append(number))
    try:
        budget = Budget(0.05)
        with budget.page(), pytest.raises(BudgetExceeded):
            budget.spend(Sleeps().transform, None)  # type: ignore[arg-type]
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        signal.raise_signal(signal.SIGALRM)
        assert heard == [signal.SIGALRM]
    finally:
        signal.signal(signal.SIGALRM, before)


def test_nothing_but_the_work_is_interrupted() -> None:
    """The signal may come at any time; between two pieces of work it does nothing."""
    budget = Budget(0.01)
    done = 0
    with budget.page():
        for _ in range(200):
            signal.raise_signal(signal.SIGALRM)
            try:
                budget.spend(sum, range(1000))
                done += 1
            except BudgetExceeded:
                pass
            signal.raise_signal(signal.SIGALRM)
    assert done > 0


TYPES = ("loops", "sleeps", "backtracks")
TABLE = {"routes": {"q": ["quick"], **{name: [name] for name in TYPES}}}


@contextmanager
def slow_worker(database: Database, routes: Mapping[str, Any], **more: str) -> Iterator[None]:
    """Killed in the end."""
    environ = {"DATABASE_URL": database.url, "CE_ROUTES": json.dumps({"routes": routes}), **SECOND}
    command = [sys.executable, "-m", "tests.routing.slow_plugins"]
    with subprocess.Popen(command, env={**os.environ, **environ, **more}, cwd=ROOT) as process:
        try:
            yield
        finally:
            process.kill()


STUBBORN = {"q": ["quick"], "s": ["stubborn"]}


@pytest.mark.slow
def test_the_way_out_of_what_cannot_be_interrupted_is_to_switch_its_type_off(
    database: Database, tmp_path: Path
) -> None:
    mark = tmp_path / "begun"
    CloudEventsLog(database).append([an_event(1, type="s"), an_event(2, type="q")])
    for _ in range(2):  # and kill -9 is none
        with slow_worker(database, STUBBORN, MARK=str(mark)):
            eventually(mark.exists)
        mark.unlink()
    with slow_worker(database, {**STUBBORN, "s": []}):
        eventually(lambda: subjects(database) == [("deployment-2",)])


@pytest.mark.slow
def test_or_to_skip_it_where_it_is_a_dead_letter(database: Database, tmp_path: Path) -> None:
    mark = tmp_path / "begun"
    CloudEventsLog(database).append([an_event(1, type="s")])
    with slow_worker(database, STUBBORN):
        eventually(lambda: rows(database, "select state from dead_letters") == [("parked",)])
    with database.transaction() as cursor:
        dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    CloudEventsLog(database).append([an_event(2, type="q")])
    with slow_worker(database, STUBBORN, MARK=str(mark)):
        eventually(mark.exists)
        with database.transaction() as cursor:
            dead_letters.skip(cursor, dead_letters.listed(cursor))
    with slow_worker(database, STUBBORN, MARK=str(mark)):
        eventually(lambda: subjects(database) == [("deployment-2",)])
    assert rows(database, "select state from dead_letters") == [("skipped",)]


@pytest.mark.slow
def test_a_worker_parks_them_all_and_lives(database: Database, plugins: Plugins) -> None:
    """The real process: not one of them stops it, or has it started again."""
    log = CloudEventsLog(database)
    log.append([an_event(n, type=t) for n, t in enumerate(["q", *TYPES, "q"])])
    environ = {"DATABASE_URL": database.url, "CE_ROUTES": json.dumps(TABLE), **SECOND}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.routing.slow_plugins"],
        env={**os.environ, **environ},
        cwd=ROOT,
    ) as process:
        try:
            eventually(lambda: len(subjects(database)) == 2)
            assert rows(
                database, "select handler, state, reason from dead_letters order by position"
            ) == [(name, "parked", REASON) for name in TYPES]
            log.append([an_event(9, type="q")])
            eventually(lambda: subjects(database)[-1] == ("deployment-9",))
            assert process.poll() is None
        finally:
            process.terminate()
            assert process.wait(PATIENCE_SECONDS) == 0


@given(left=st.floats(1e-12, 1e-3))
def test_however_little_is_left_it_rings_again(left: float) -> None:
    """A timer of a part of a microsecond is one that never rings."""
    budget = Budget(0.5)
    # As within a page and an event, but for the timer: on a busy machine a real one would ring.
    budget._watching = True
    budget._since = 0.0
    with (
        mock.patch("time.monotonic", return_value=budget.seconds - left),
        mock.patch("signal.setitimer") as wound,
    ):
        budget._ring(signal.SIGALRM, None)
    [(_, seconds)] = [call.args for call in wound.mock_calls]
    assert seconds >= 1e-6
