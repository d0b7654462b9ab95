"""Functions behind URLs: what they are sent, what they may answer, and what becomes of failures."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from streamgauge import CDEvent, json_codec
from streamgauge.cdevents import in_cloudevent
from streamgauge.cloudevents import json_format
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.routing import function as functions
from streamgauge.routing.breaker import Away, Breaker
from streamgauge.routing.calls import Calls
from streamgauge.routing.connections import LARGEST_ANSWER
from streamgauge.routing.function import (
    MOST_PATIENCE,
    TRIES,
    Function,
    FunctionAway,
    FunctionFailed,
)
from streamgauge.routing.handlers import Task, function_of
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.recorder import RecordedRow
from tests.helpers import a_deployment, an_event, drain, rows
from tests.routing.function_server import (
    BATCH,
    STRUCTURED,
    Asked,
    FunctionServer,
    Reply,
    deployed,
    in_binary,
)
from tests.routing.test_router import router, subjects

FIRST, SECOND = (in_cloudevent(a_deployment(n)) for n in (1, 2))
DOCUMENTS = [json_codec.encode(a_deployment(n).document) for n in (1, 2)]
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between tries there is no time to lose."""
    monkeypatch.setattr(functions, "FIRST_PAUSE", 0.005)


@pytest.fixture
def server() -> Iterator[FunctionServer]:
    with FunctionServer.running() as server:
        yield server


def reasons(database: Database) -> list[tuple[str, str]]:
    return rows(database, "select state, reason from dead_letters order by position")  # type: ignore[return-value]


def test_it_is_sent_the_event_as_it_is_recorded(database: Database, server: FunctionServer) -> None:
    event = an_event(1)
    CloudEventsLog(database).append([event])
    drain(router(database, [], {"com.example.*": [server.url]}))
    (asked,) = server.asked
    assert asked.handler.path == "/f?x=1"
    assert (asked.headers["content-type"], asked.body) == (STRUCTURED["Content-Type"], event.state)
    assert asked.headers["user-agent"].startswith("streamgauge/")
    assert rows(database, "select cd_id, transformer from cdevents_raw") == [
        ("deployment-1", server.url)
    ]


def test_it_may_be_sent_events_in_binary_mode(database: Database, server: FunctionServer) -> None:
    sent = b'{"specversion":"1.0","id":"1","source":"/s","type":"com.example.x","data": [1.10] }'
    CloudEventsLog(database).append([json_format.parse(sent)])
    server.answer_with(Reply(200, STRUCTURED, FIRST.state))
    drain(router(database, [], {"com.example.*": [f"binary+{server.url}"]}))
    (asked,) = server.asked
    assert (asked.headers["content-type"], asked.body) == ("application/json", b"[1.10]")
    assert (asked.headers["ce-id"], asked.headers["ce-type"]) == ("1", "com.example.x")
    assert subjects(database) == [("deployment-1",)]


IN_BASE64 = json_codec.encode(
    {
        "specversion": "1.0",
        "id": "1",
        "source": "/f",
        "type": "any",
        "data_base64": base64.b64encode(DOCUMENTS[0]).decode(),
    }
)
ANSWERS = {
    "a CloudEvent in structured mode": (Reply(200, STRUCTURED, FIRST.state), [1]),
    "one that calls itself JSON": (Reply(200, JSON, FIRST.state), [1]),
    "one in binary mode": (in_binary(FIRST, DOCUMENTS[0]), [1]),
    "one with its data in base64": (Reply(200, STRUCTURED, IN_BASE64), [1]),
    "a batch": (Reply(200, BATCH, b"[%b,%b]" % (FIRST.state, SECOND.state)), [1, 2]),
    "a batch of one": (Reply(201, BATCH, b"[%b]" % SECOND.state), [2]),
    "an empty batch": (Reply(200, BATCH, b"[]"), []),
    "a CDEvent as it is": (Reply(200, JSON, DOCUMENTS[1]), [2]),
    "no content": (Reply(204), []),
    "accepted, and nothing else": (Reply(202), []),
    "nothing, called JSON": (Reply(200, JSON, b""), []),
}


@pytest.mark.parametrize(("reply", "numbers"), ANSWERS.values(), ids=list(ANSWERS))
def test_what_it_may_answer(server: FunctionServer, reply: Reply, numbers: list[int]) -> None:
    server.answer_with(reply)
    assert Function(server.url).transform(b"{}") == [a_deployment(n) for n in numbers]


WITHOUT_ENVIRONMENT = in_cloudevent(
    CDEvent({**a_deployment(2).document, "subject": {"id": "shop", "content": {}}})
)
TWICE = {"ce-id": "1", "Ce-Id": "2", "ce-specversion": "1.0", "ce-source": "/f", "ce-type": "t"}
REFUSED = {
    "a client's error": (Reply(404, {}, b"no such\nfunction"), "answered 404: no such function"),
    "an error without words": (Reply(422), "answered 422"),
    "a redirect": (
        Reply(307, {"Location": "http://u:pw@elsewhere.example/x?token=t"}),
        "answered 307, a redirect to http://elsewhere.example/x, which is not followed",
    ),
    "a web page": (Reply(200, {"Content-Type": "text/html"}, b"<html>"), "not a CloudEvent"),
    "no JSON": (Reply(200, JSON, b"{"), "as JSON"),
    "some JSON": (Reply(200, JSON, b'{"a": 1}'), "not a CloudEvent"),
    "a CloudEvent of something else": (Reply(200, STRUCTURED, an_event(1).state), "/data/context"),
    "a CloudEvent with text": (
        Reply(
            200,
            STRUCTURED,
            b'{"specversion":"1.0","id":"1","source":"/f","type":"t","data":"text"}',
        ),
        "/data: is no CDEvent: a JSON object is needed",
    ),
    "a CloudEvent without data": (in_binary(FIRST, b""), "/data: is no CDEvent"),
    "a batch with one bad CDEvent": (
        Reply(200, BATCH, b"[%b,%b]" % (FIRST.state, WITHOUT_ENVIRONMENT.state)),
        "/1/data/subject/content",
    ),
    "a batch with one bad CloudEvent": (
        Reply(200, BATCH, b'[%b,{"specversion":"1.0"}]' % FIRST.state),
        "/1/",
    ),
    "a CDEvent that is none": (
        Reply(200, JSON, b'{"context": {}, "subject": {}}'),
        "in its answer, /context",
    ),
    "a header given twice": (Reply(200, TWICE, b""), "ce-id: the header is given twice"),
    "too many": (
        Reply(200, BATCH, b"[" + b",".join([b"{}"] * 10_001) + b"]"),
        "a batch may hold 10000 events, this one has 10001",
    ),
    "too much": (Reply(200, JSON, b" " * (LARGEST_ANSWER + 1)), f"is over {LARGEST_ANSWER} bytes"),
}


@pytest.mark.parametrize(("reply", "reason"), REFUSED.values(), ids=list(REFUSED))
def test_what_it_may_not_answer_parks_the_event_at_once(
    database: Database, server: FunctionServer, reply: Reply, reason: str
) -> None:
    CloudEventsLog(database).append([an_event(1)])
    server.answer_with(reply)
    drain(router(database, [], {"com.example.*": [server.url]}))
    ((state, said),) = reasons(database)
    assert state == "parked"
    assert said.startswith(f"FunctionFailed: http://{server.host}/f: ")
    assert reason in said
    assert "pw" not in said
    assert subjects(database) == []
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(server: FunctionServer, status: int) -> None:
    server.answer_with(Reply(status, {}, b"busy"), Reply(status), Reply(200, JSON, DOCUMENTS[0]))
    assert Function(server.url).transform(b"{}") == [a_deployment(1)]
    assert len(server.asked) == 3


def test_a_connection_that_is_cut_is_tried_again(server: FunctionServer) -> None:
    cuts = iter([True, True, False])

    def answering(asked: Asked) -> Reply | None:
        return None if next(cuts) else Reply(200, JSON, DOCUMENTS[0])

    server.answering = answering
    assert Function(server.url).transform(b"{}") == [a_deployment(1)]


def test_an_answer_that_is_cut_is_none(server: FunctionServer) -> None:
    def answering(asked: Asked) -> None:
        asked.handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")

    server.answering = answering
    with pytest.raises(FunctionAway, match=f"IncompleteRead.* after {TRIES} tries"):
        Function(server.url).transform(b"{}")


@pytest.mark.parametrize("length", ["abc", "-1", "", "1_0", "0x0", "2, 3"])
@pytest.mark.parametrize("body", [b"", b"{}"])
def test_an_answer_of_a_length_that_is_none_is_none(
    server: FunctionServer, length: str, body: bytes
) -> None:
    """And it is not taken for an empty one, of which nothing comes."""

    def answering(asked: Asked) -> None:
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        asked.handler.wfile.write(head.encode() + body)

    server.answering = answering
    with pytest.raises(FunctionAway, match=f"Content-Length is '{length}', after {TRIES} tries"):
        Function(server.url).transform(b"{}")


def test_an_answer_of_two_lengths_is_none(server: FunctionServer) -> None:
    def answering(asked: Asked) -> None:
        asked.handler.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 2\r\n\r\n{}"
        )

    server.answering = answering
    with pytest.raises(FunctionAway, match="Content-Length is '0, 2'"):
        Function(server.url).transform(b"{}")


def test_what_does_not_pass_is_a_failure_after_some_tries(server: FunctionServer) -> None:
    server.answering = lambda asked: Reply(503, {}, b"asleep")
    with pytest.raises(FunctionAway, match=f"answered 503: asleep, after {TRIES} tries"):
        Function(server.url).transform(b"{}")
    assert len(server.asked) == TRIES


def test_nobody_at_the_other_end_is_a_failure(database: Database) -> None:
    CloudEventsLog(database).append([an_event(1)])
    drain(router(database, [], {"com.example.*": ["http://127.0.0.1:1/"]}))
    ((state, said),) = reasons(database)
    assert state == "waiting"
    assert said.startswith("FunctionAway: http://127.0.0.1:1/: ConnectionRefusedError")


def test_a_function_that_asks_for_time_gets_it(server: FunctionServer) -> None:
    asked_at: list[float] = []
    replies = [Reply(503, {"Retry-After": "1"}), Reply(204)]

    def answering(asked: Asked) -> Reply:
        asked_at.append(time.monotonic())
        return replies.pop(0)

    server.answering = answering
    assert Function(server.url).transform(b"{}") == []
    assert asked_at[1] - asked_at[0] >= 1.0  # it may be later, on a slow machine, but not sooner


@pytest.mark.parametrize(
    "when",
    [lambda: "3600", lambda: format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)],
)
def test_one_that_asks_for_more_time_than_there_is_is_left_alone(
    server: FunctionServer, when: Callable[[], str]
) -> None:
    server.answering = lambda asked: Reply(429, {"Retry-After": when()})
    with pytest.raises(FunctionAway, match=r"answered 429, and asked .* for [37].* s, after 1 try"):
        Function(server.url).transform(b"{}")


@pytest.mark.parametrize(("asked", "kept"), [("100", 100.0), ("999999999", MOST_PATIENCE)])
def test_it_is_left_alone_for_so_long_but_not_for_ever(
    server: FunctionServer, asked: str, kept: float
) -> None:
    server.answering = lambda _: Reply(429, {"Retry-After": asked})
    now = 1000.0
    function = Function(server.url)
    function.breaker = Breaker(clock=lambda: now)
    for at, calls in ((1000.0, 1), (1000.0, 1), (999.0 + kept, 1), (1000.0 + kept, 2)):
        now = at
        with pytest.raises(FunctionAway):
            function.transform(b"{}")
        assert len(server.asked) == calls


@pytest.mark.parametrize("value", ["soon", "-1", "1e9", "Sun, 06 Nov 1994 08:49:37 GMT", "\u0661"])
def test_what_is_no_time_to_wait_is_none(server: FunctionServer, value: str) -> None:
    sent = value.encode("utf-8").decode("latin-1")
    server.answer_with(Reply(503, {"Retry-After": sent}), Reply(204))
    assert Function(server.url).transform(b"{}") == []


def drips(asked: Asked, beginning: bytes, drop: bytes) -> None:
    """Never ends by itself, and never pauses for as long as a socket waits."""
    try:
        asked.handler.wfile.write(beginning)
        while True:
            asked.handler.wfile.write(drop)
            time.sleep(0.05)
    except OSError:
        return


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "chunks", "until the end", "headers", "continue"],
)
def test_a_server_that_drips_has_until_the_deadline(
    server: FunctionServer, beginning: bytes, drop: bytes
) -> None:
    server.answering = lambda asked: drips(asked, beginning, drop)
    with pytest.raises(FunctionAway, match=r"no whole answer in 0.5 s, after 1 try"):
        Function(server.url, seconds=0.5).transform(b"{}")


def test_a_server_that_says_nothing_has_until_the_deadline(server: FunctionServer) -> None:
    over = threading.Event()
    server.answering = lambda asked: Reply(204) if over.wait() else None
    try:
        with pytest.raises(FunctionAway, match=r"no whole answer in 0.3 s"):
            Function(server.url, seconds=0.3).transform(b"{}")
    finally:
        over.set()


def test_connections_are_kept_and_used_again(server: FunctionServer) -> None:
    server.answering = lambda asked: Reply(204)
    function = Function(server.url)
    for _ in range(5):
        function.transform(b"{}")
    assert len({asked.connection for asked in server.asked}) == 1


def test_one_that_was_closed_meanwhile_is_not_used(server: FunctionServer) -> None:
    gone = threading.Event()

    def answering(asked: Asked) -> None:
        asked.handler.wfile.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        asked.handler.connection.shutdown(2)
        gone.set()

    server.answering = answering
    function = Function(server.url)
    for _ in range(3):
        function.transform(b"{}")
        assert gone.wait(10)
        gone.clear()
    assert len(server.asked) == 3  # none of them twice


def test_several_events_are_sent_at_once_and_written_in_their_order(
    database: Database, server: FunctionServer
) -> None:
    """Eight must be there before the first is answered, and they are answered backwards."""
    together = threading.Barrier(8)
    answered = [threading.Event() for _ in range(25)]
    answered[24].set()

    def answering(asked: Asked) -> Reply:
        together.wait(30)
        number = asked.number
        last_of_eight = number % 8 == 7
        assert last_of_eight or answered[number + 1].wait(30)
        answered[number].set()
        return deployed(asked)

    server.answering = answering
    # The calls are begun as answers are taken: a page holds as many as may be open.
    appended = CloudEventsLog(database).append([an_event(n) for n in range(24)])
    it = router(database, [], {"com.example.*": [server.url]}, page_size=8)
    drain(it)
    assert rows(database, "select cause, cd_id from cdevents_raw order by event_id") == [
        (a.position, f"deployment-{n}") for n, a in enumerate(appended)
    ]


def test_no_more_calls_are_open_than_may_be(database: Database, server: FunctionServer) -> None:
    lock = threading.Lock()
    now, most = 0, 0

    def answering(asked: Asked) -> Reply:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1
        return deployed(asked)

    server.answering = answering
    CloudEventsLog(database).append([an_event(n) for n in range(30)])
    settings = {"STREAMGAUGE_FUNCTION_CONCURRENCY": "3"}
    drain(router(database, [], {"com.example.*": [server.url]}, settings=settings))
    assert most <= 3
    assert len(subjects(database)) == 30


def test_a_page_ends_where_its_time_is_over(
    database: Database, server: FunctionServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done is written, and the rest is done with the next page: nothing is called twice."""
    monkeypatch.setattr("streamgauge.routing.transform.PAGE_SECONDS", 0.0)
    CloudEventsLog(database).append([an_event(n) for n in range(5)])
    settings = {"STREAMGAUGE_FUNCTION_CONCURRENCY": "2"}
    other = "http://127.0.0.1:1/"
    it = router(database, [], {"com.example.*": [server.url, other]}, settings=settings)
    assert it.step() > 0
    assert subjects(database) == [("deployment-0",)]
    drain(it)
    assert subjects(database) == [(f"deployment-{n}",) for n in range(5)]
    assert [asked.number for asked in server.asked] == [*range(5)]
    assert len(reasons(database)) == 5


def test_a_retry_by_hand_calls_it_again(database: Database, server: FunctionServer) -> None:
    server.answering = lambda asked: Reply(400)
    CloudEventsLog(database).append([an_event(n) for n in (1, 2)])
    it = router(database, [], {"com.example.*": [server.url]})
    drain(it)
    server.answering = lambda asked: deployed(asked) if asked.number == 2 else Reply(409)
    with database.transaction() as cursor:
        dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    drain(it)
    assert rows(database, "select state, attempts from dead_letters order by position") == [
        ("parked", 2),
        ("done", 2),
    ]
    assert subjects(database) == [("deployment-2",)]


def test_a_call_that_does_not_even_begin_is_given_up(server: FunctionServer) -> None:
    """All threads may be held up by something that has no deadline: by a name to be resolved."""
    over = threading.Event()
    row = RecordedRow(1, "default", "t", an_event(1).state, datetime.now(UTC), b"")
    handler = function_of(server.url, Settings(function_timeout=1))
    with ThreadPoolExecutor(1) as pool:
        pool.submit(over.wait)
        function = handler.function
        assert function is not None
        calls = Calls(
            lambda task: pool.submit(function.transform, task.state), 1, [Task(row, handler)]
        )
        with pytest.raises(FunctionAway, match=r"/f: no answer in 1 s"):
            calls.answer(more=True)
        over.set()


def test_both_failures_are_told_apart() -> None:
    """One is the event's, one is not."""
    assert not issubclass(FunctionFailed, Away)
    assert issubclass(FunctionAway, Away)
