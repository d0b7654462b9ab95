"""A function that is away: the log goes on, nothing is lost, and nobody has to do anything."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.routing import breaker
from streamgauge.routing import function as functions
from streamgauge.routing.breaker import FAILURES
from streamgauge.routing.function import ATTEMPTS, TRIES
from streamgauge.routing.router import Router
from streamgauge.routing.table import RoutingTable
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.conftest import fresh_database
from tests.helpers import an_event, drain, plugins_with, replay, rows
from tests.routing.function_server import Asked, FunctionServer, Reply, deployed
from tests.routing.test_router import Deploys, router, subjects

AWAY = Reply(503, {}, b"no endpoints")
EVENTS = 150
"""More than are retried at once."""


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "FIRST_PAUSE", 0.0002)
    monkeypatch.setattr(breaker, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(breaker, "LONGEST_PAUSE", 0.0)
    monkeypatch.setattr("streamgauge.routing.router.LETTERS_SECONDS", 0.0)


@pytest.fixture
def server() -> Iterator[FunctionServer]:
    with FunctionServer.running() as server:
        yield server


def with_function(database: Database, server: FunctionServer, **more: str) -> Router:
    chosen = {"STREAMGAUGE_FUNCTION_CONCURRENCY": "1", **more}
    return router(database, [], {"com.example.*": [server.url]}, settings=chosen)


def waiting_for_it(database: Database, server: FunctionServer, events: int = FAILURES) -> Router:
    """A router whose first events wait, since the function is away."""
    server.answering = lambda asked: AWAY
    CloudEventsLog(database).append([an_event(n) for n in range(events)])
    it = with_function(database, server)
    drain(it)
    return it


def stay_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on a breaker that opens does so for longer than the test takes."""
    monkeypatch.setattr(breaker, "FIRST_PAUSE", 3600.0)
    monkeypatch.setattr(breaker, "LONGEST_PAUSE", 3600.0)


def some_time_later(database: Database) -> None:
    with database.transaction() as cursor:
        cursor.execute("update dead_letters set changed_at = changed_at - interval '1 hour'")


def letters(database: Database) -> dict[str, int]:
    return dict(rows(database, "select state, count(*) from dead_letters group by state"))


def test_a_function_that_is_away_is_left_alone_and_the_log_goes_on(
    database: Database, server: FunctionServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay_open(monkeypatch)
    server.answering = lambda asked: AWAY
    appended = CloudEventsLog(database).append([an_event(n) for n in range(EVENTS)])
    it = with_function(database, server)
    drain(it)
    with database.transaction() as cursor:
        found = it.look(cursor)
        assert found is not None
        assert it.position(cursor, found[0]) == appended[-1].position
    assert len(server.asked) == FAILURES * TRIES
    assert letters(database) == {"waiting": EVENTS}
    ((reason,),) = rows(database, "select reason from dead_letters order by position desc limit 1")
    assert reason == (
        f"FunctionAway: http://{server.host}/f: was not called: the circuit breaker is open, since "
        f"the calls before have failed (answered 503: no endpoints, after {TRIES} tries); it is "
        "tried again by itself"
    )


def test_when_it_is_back_everything_is_made_up_for_by_itself(
    database: Database, server: FunctionServer
) -> None:
    it = waiting_for_it(database, server, EVENTS)
    some_time_later(database)
    drain(it)  # one is tried, and it is still away
    assert letters(database) == {"waiting": EVENTS}
    assert subjects(database) == []

    server.answering = deployed
    server.asked.clear()
    CloudEventsLog(database).append([an_event(EVENTS)])
    for _ in range(6):
        some_time_later(database)
        drain(it)
    assert set(letters(database)) == {"done"}
    assert sorted(asked.number for asked in server.asked) == [*range(EVENTS + 1)]
    assert rows(database, "select cause from cdevents_raw order by cause") == [
        (n,) for n in range(1, EVENTS + 2)
    ]
    assert rows(database, "select count(distinct cd_id) from cdevents_raw") == [(EVENTS + 1,)]


def test_while_it_is_away_one_event_at_a_time_is_tried(
    database: Database, server: FunctionServer
) -> None:
    it = waiting_for_it(database, server, EVENTS)
    tried: list[int] = []
    for _ in range(4):
        server.asked.clear()
        some_time_later(database)
        it.step()
        it.transformation.trials.wait()
        it.step()
        (number,) = {asked.number for asked in server.asked}
        tried.append(number)
    assert len(set(tried)) == 4  # each time another: one of them may be the culprit itself


@pytest.mark.parametrize("events", [1, FAILURES])
def test_while_it_is_tried_and_does_not_answer_the_log_goes_on(
    database: Database, server: FunctionServer, events: int
) -> None:
    server.answering = lambda asked: AWAY
    log = CloudEventsLog(database)
    log.append([an_event(n) for n in range(events)])
    it = router(
        database,
        [Deploys()],
        {"com.example.thing": [server.url], "com.example.other": ["deploys"]},
    )
    drain(it)
    some_time_later(database)
    asked, answer = threading.Event(), threading.Event()

    def in_the_end(what: Asked) -> Reply:
        asked.set()
        answer.wait()
        return deployed(what)

    server.answering = in_the_end
    it.step()
    assert asked.wait(60)
    for number in range(20, 23):
        log.append([an_event(number, type="com.example.other")])
        while it.step():
            pass
        assert len(subjects(database)) == number - 19
    answer.set()
    for _ in range(2):
        drain(it)
        some_time_later(database)
    assert letters(database) == {"done": events}


def test_a_function_that_is_left_alone_is_not_called_for_a_page(
    database: Database, server: FunctionServer
) -> None:
    """Nor when it is time to try it again: a page would wait for it."""
    it = waiting_for_it(database, server)
    server.asked.clear()
    it.log.append([an_event(FAILURES)])
    drain(it)
    assert (server.asked, letters(database)) == ([], {"waiting": FAILURES + 1})


def test_an_answer_that_nobody_waits_for_any_more_is_forgotten(
    database: Database, server: FunctionServer
) -> None:
    it = waiting_for_it(database, server)
    some_time_later(database)
    server.answering = deployed
    it.step()
    assert it.transformation.trials.wait()
    with database.transaction() as cursor:
        dead_letters.skip(cursor, dead_letters.listed(cursor))
    drain(it)
    assert letters(database) == {"skipped": FAILURES}
    assert subjects(database) == []
    assert it.transformation.trials.handlers == []


def test_an_event_that_a_function_cannot_bear_is_parked_in_the_end(
    database: Database, server: FunctionServer
) -> None:
    """It answers the others: so it is not away, and the event is not tried for ever."""

    def answering(asked: Asked) -> Reply:
        return Reply(500, {}, b"thirteen") if asked.number == 13 else deployed(asked)

    server.answering = answering
    log = CloudEventsLog(database)
    log.append([an_event(n) for n in (12, 13)])
    it = with_function(database, server)
    for n in range(ATTEMPTS):
        assert letters(database) in ({}, {"waiting": 1})
        log.append([an_event(14 + n)])
        drain(it)
        some_time_later(database)
    assert len(subjects(database)) == ATTEMPTS + 1
    assert rows(database, "select event_id, state, attempts from dead_letters") == [
        ("event-13", "parked", ATTEMPTS)
    ]
    server.asked.clear()
    drain(it)
    assert server.asked == []


def test_an_event_that_a_function_cannot_bear_does_not_keep_the_others_waiting(
    database: Database, server: FunctionServer
) -> None:
    """Even if it is the one by which the breaker was opened, and all there is for a while."""
    server.answering = lambda asked: (
        Reply(500, {}, b"thirteen") if asked.number == 13 else deployed(asked)
    )
    log = CloudEventsLog(database)
    log.append([an_event(13)])
    it = with_function(database, server)
    for _ in range(FAILURES + 3):
        drain(it)
        some_time_later(database)
    for n in range(14, 14 + ATTEMPTS + 1):
        log.append([an_event(n)])
        drain(it)
        some_time_later(database)
        drain(it)
    assert sorted(subjects(database)) == [
        (f"deployment-{n}",) for n in range(14, 14 + ATTEMPTS + 1)
    ]
    assert rows(database, "select event_id from dead_letters where state = 'parked'") == [
        ("event-13",)
    ]


@pytest.mark.parametrize("events", [1, FAILURES, EVENTS])
def test_no_event_is_parked_for_a_function_that_is_down_however_often_the_router_begins_anew(
    database: Database, server: FunctionServer, events: int
) -> None:
    """As after kill -9: what a router knows of the function goes with its process."""
    server.answering = lambda asked: AWAY
    CloudEventsLog(database).append([an_event(n) for n in range(events)])
    for _ in range(3 * ATTEMPTS):
        drain(with_function(database, server))
        some_time_later(database)
    assert letters(database) == {"waiting": events}
    assert rows(database, "select distinct attempts from dead_letters") == [(0,)]
    server.answering = deployed
    it = with_function(database, server)
    for _ in range(6):
        drain(it)
        some_time_later(database)
    assert letters(database) == {"done": events}


def test_what_was_tried_while_nothing_was_answered_is_tried_once_for_each_outage(
    database: Database, server: FunctionServer
) -> None:
    """It comes and goes, and is away whenever the one event is there."""
    server.answering = lambda asked: AWAY if asked.number == 13 else deployed(asked)
    log = CloudEventsLog(database)
    it = with_function(database, server)
    for outage in range(1, ATTEMPTS):
        log.append([an_event(20 + outage), *([an_event(13)] if outage == 1 else [])])
        for _ in range(FAILURES + 2):
            drain(it)
            some_time_later(database)
        waiting = rows(database, "select attempts from dead_letters where state <> 'done'")
        assert waiting == [(outage,)]
    server.answering = deployed
    drain(it)
    assert letters(database) == {"done": ATTEMPTS - 1}


def test_a_function_that_is_left_alone_is_so_by_a_new_table_too(
    database: Database, server: FunctionServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay_open(monkeypatch)
    it = waiting_for_it(database, server)
    server.asked.clear()
    it.log.append([an_event(FAILURES)])
    table = RoutingTable({"com.example.thing": [server.url], "other": []})
    it.route_by(plugins_with(transformers=[Deploys()]), table)
    drain(it)
    assert server.asked == []
    assert letters(database) == {"waiting": FAILURES + 1}


def test_a_function_that_asks_to_be_left_alone_has_asked_for_all_events(
    database: Database, server: FunctionServer
) -> None:
    server.answering = lambda asked: Reply(429, {"Retry-After": "3600"})
    CloudEventsLog(database).append([an_event(n) for n in range(10)])
    it = with_function(database, server)
    for _ in range(3):
        drain(it)
        some_time_later(database)
    assert len(server.asked) == 1
    assert letters(database) == {"waiting": 10}


def test_a_letter_is_not_tried_before_its_time(database: Database, server: FunctionServer) -> None:
    server.answering = lambda asked: Reply(500)
    CloudEventsLog(database).append([an_event(1)])
    it = with_function(database, server)
    drain(it)
    drain(it)
    assert len(server.asked) == TRIES


def test_somebody_may_ask_for_a_letter_that_waits(
    database: Database, server: FunctionServer
) -> None:
    server.answering = lambda asked: Reply(500)
    CloudEventsLog(database).append([an_event(n) for n in (1, 2)])
    it = with_function(database, server)
    drain(it)
    server.answering = deployed
    with database.transaction() as cursor:
        one, other = dead_letters.listed(cursor)
        dead_letters.request_retry(cursor, [one])
        dead_letters.skip(cursor, [other])
    drain(it)
    assert letters(database) == {"done": 1, "skipped": 1}


def test_other_handlers_do_not_notice(
    database: Database, server: FunctionServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay_open(monkeypatch)
    server.answering = lambda asked: AWAY
    CloudEventsLog(database).append([an_event(n) for n in (*range(10), 13)])
    transformer = Deploys()
    it = router(database, [transformer], {"com.example.*": ["deploys", server.url]})
    drain(it)
    assert len(subjects(database)) == 10
    transformer.broken = False
    with database.transaction() as cursor:
        cursor.execute("update dead_letters set state = 'queued'")
    drain(it)
    assert len(subjects(database)) == 11
    assert letters(database) == {"queued": 11, "done": 1}


def test_a_letter_whose_function_is_routed_to_no_more_is_parked(
    database: Database, server: FunctionServer
) -> None:
    server.answering = lambda asked: AWAY
    CloudEventsLog(database).append([an_event(1)])
    drain(with_function(database, server))
    some_time_later(database)
    server.asked.clear()
    drain(router(database, [], {"com.example.*": []}))
    assert server.asked == []
    ((state, reason),) = rows(database, "select state, reason from dead_letters")
    assert state == "parked"
    assert reason.startswith("LookupError: there is no transformer named")


POISON = 5
"""Every fifth event is one that the function cannot bear."""


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[*HealthCheck])
@given(
    steps=st.lists(
        st.sampled_from(["events", "away", "back", "work", "later", "anew"]), max_size=20
    )
)
@example(steps=["away", "events", "events", "work", "later", "anew", "work", "back", "later"])
def test_whatever_happens_every_event_is_made_up_for_once(
    server_url: str, server: FunctionServer, steps: list[str]
) -> None:
    """The function comes and goes, the router is begun anew, time passes or does not."""
    is_away = False

    def answering(asked: Asked) -> Reply:
        bad = is_away or asked.number % POISON == POISON - 1
        return Reply(500) if bad else deployed(asked)

    server.answering = answering
    with fresh_database(server_url) as url, Database(url) as database:
        log, sent = CloudEventsLog(database), 0
        it = with_function(database, server)
        for step in [*steps, "back", *["events", "work", "later"] * (ATTEMPTS + 4)]:
            if step == "events":
                log.append([an_event(n) for n in range(sent, sent + 4)])
                sent += 4
            elif step == "work":
                drain(it)
            elif step == "later":
                some_time_later(database)
            elif step == "anew":
                it = with_function(database, server)
            else:
                is_away = step == "away"
        drain(it)
        good = [n for n in range(sent) if n % POISON != POISON - 1]
        assert rows(database, "select cause from cdevents_raw order by cause") == [
            (n + 1,) for n in good
        ]
        left = rows(database, "select position from dead_letters where state <> 'done' order by 1")
        assert left == [(n + 1,) for n in range(sent) if n % POISON == POISON - 1]


def test_a_replay_calls_it_again_and_waits_for_what_it_does_not_get(
    database: Database, server: FunctionServer
) -> None:
    plugins = plugins_with(settings={"CE_ROUTES": str({"routes": {"com.example.*": [server.url]}})})
    CloudEventsLog(database).append([an_event(n) for n in range(3)])
    drain(router(database, [], {"com.example.*": [server.url]}))
    assert len(subjects(database)) == 3
    server.answering = lambda asked: AWAY if asked.number == 1 else deployed(asked)
    replay(database, plugins, "cdevents")
    assert subjects(database) == [("deployment-0",), ("deployment-2",)]
    assert rows(database, "select processor, state from dead_letters") == [
        ("cdevents@2", "waiting")
    ]
    server.answering = deployed
    some_time_later(database)
    drain(router(database, [], {"com.example.*": [server.url]}))
    assert sorted(subjects(database)) == [(f"deployment-{n}",) for n in range(3)]
