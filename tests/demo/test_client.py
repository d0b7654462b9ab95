"""Sending: lanes stay in order, what is unavailable is tried again, what is refused stops it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from streamgauge_demo.client import AHEAD, CONNECTIONS, Connection, Sent, send, share_out
from streamgauge_demo.errors import DemoFailed
from streamgauge_demo.requests import Request

NEW = (202, {"Streamgauge-Accepted": "1", "Streamgauge-Duplicates": "0"})
KNOWN = (202, {"Streamgauge-Accepted": "0", "Streamgauge-Duplicates": "1"})
Reply = tuple[int, dict[str, str]] | None
"""Status and headers; None hangs up without an answer."""


def a_request(number: int, lane: str = "lane") -> Request:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    return Request(at, lane, "/there", {"X-Number": str(number)}, str(number).encode())


@contextmanager
def answering(reply: Callable[[int, int], Reply]) -> Iterator[tuple[int, list[int]]]:
    """A service that answers what `reply` says, given a request's number and how often it came."""
    came: list[int] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            number = int(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["X-Number"] == str(number)
            with lock:
                came.append(number)
                answer = reply(number, came.count(number))
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer[0])
            for name, value in answer[1].items():
                self.send_header(name, value)
            body = b"" if answer[0] == 202 else b"the reason"
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def silent(done: int) -> None:
    pass


def test_all_are_sent_and_counted() -> None:
    told: list[int] = []
    with answering(lambda number, times: KNOWN if number % 3 == 0 else NEW) as (port, came):
        requests = [a_request(number, f"lane {number % 40}") for number in range(300)]
        assert send("127.0.0.1", port, requests, told.append) == Sent(new=200, known=100)
    assert sorted(came) == list(range(300))
    assert told[-1] == 300
    assert told == sorted(told)


def test_a_lane_is_in_order_whatever_order_it_is_given_in() -> None:
    with answering(lambda number, times: NEW) as (port, came):
        requests = [a_request(number, f"lane {number % 11}") for number in reversed(range(220))]
        send("127.0.0.1", port, requests, silent)
    for lane in range(11):
        assert [number for number in came if number % 11 == lane] == list(range(lane, 220, 11))


def test_what_is_unavailable_is_tried_again_in_its_place() -> None:
    def reply(number: int, times: int) -> Reply:
        return (503, {"Retry-After": "0"}) if number == 2 and times < 3 else NEW

    with answering(reply) as (port, came):
        sent = send("127.0.0.1", port, [a_request(number) for number in range(5)], silent)
    assert sent == Sent(new=5, known=0)
    assert came == [0, 1, 2, 2, 2, 3, 4]


def test_a_lost_answer_is_asked_for_again() -> None:
    def reply(number: int, times: int) -> Reply:
        return None if number == 1 and times == 1 else NEW

    with answering(reply) as (port, came):
        send("127.0.0.1", port, [a_request(number) for number in range(3)], silent)
    assert came == [0, 1, 1, 2]


def test_patience_ends() -> None:
    with (
        answering(lambda number, times: (503, {"Retry-After": "5"})) as (port, came),
        pytest.raises(DemoFailed, match=r"POST /there was tried for 1 s: the reason"),
    ):
        send("127.0.0.1", port, [a_request(1)], silent, patience=1.0)
    assert came == [1]


@pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 500])
def test_anything_else_stops_it(status: int) -> None:
    with (
        answering(lambda number, times: (status, {}) if number == 5 else NEW) as (port, came),
        pytest.raises(
            DemoFailed, match=f"POST /there was answered with {status}: the reason"
        ) as raised,
    ):
        send("127.0.0.1", port, [a_request(number) for number in range(100)], silent)
    assert came == list(range(6))
    assert ("STREAMGAUGE_DATA_DIR" in str(raised.value)) == (status == 409)


def test_nobody_is_there() -> None:
    with answering(lambda number, times: NEW) as (port, _):
        pass
    with pytest.raises(DemoFailed, match="the connection failed"):
        send("127.0.0.1", port, [a_request(1)], silent, patience=0.3)
    with Connection("127.0.0.1", port) as connection, pytest.raises(OSError, match="refused"):
        connection.ask("GET", "/")


def test_no_connection_runs_ahead_of_the_others() -> None:
    """What comes in is about in the order of its time, however slow one of them is."""

    def reply(number: int, times: int) -> Reply:
        if number % 120 == 0:
            time.sleep(0.005)
        return NEW

    requests = [a_request(number, f"lane {number % 120}") for number in range(0, 6000, 60)]
    with answering(reply) as (port, came):
        send("127.0.0.1", port, requests, silent)
    assert len(came) == 100
    ahead = [number - min(came[place:]) for place, number in enumerate(came)]
    assert max(ahead) <= AHEAD.total_seconds() / 60


def test_nothing_to_send() -> None:
    assert send("127.0.0.1", 1, [], silent) == Sent(new=0, known=0)


def test_shares_are_whole_lanes_of_about_one_size() -> None:
    requests = [a_request(number, f"lane {number % 50}") for number in range(1000)]
    shares = share_out(requests, CONNECTIONS)
    assert sorted(len(share) for share in shares)[0] >= 120
    assert sum(len(share) for share in shares) == 1000
    lanes = [{request.lane for request in share} for share in shares]
    assert sum(len(lane) for lane in lanes) == 50
