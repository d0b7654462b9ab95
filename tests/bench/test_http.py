"""The HTTP measures: they run, they count what was answered with 202, and nothing else."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count

import pytest

from streamgauge.cloudevents import json_format
from streamgauge.postgres.database import Database
from streamgauge_bench import http, load
from streamgauge_bench.load import LoadFailed, Requests

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nStreamgauge-Accepted: 1\r\ncontent-length: 0\r\n\r\n"
REQUESTS = Requests("/", "text/plain", b"number " + load.NUMBER)


@contextmanager
def answering(answers: Callable[[int], Sequence[bytes]]) -> Iterator[int]:
    """The port of a server whose n-th answer are these pieces; it closes after an empty piece."""

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for number in count():
                if not connection.recv(65_536):
                    return
                for piece in answers(number):
                    if not piece:
                        return
                    connection.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_every_202_is_counted_with_its_latency() -> None:
    pieces = [ACCEPTED[place : place + 7] for place in range(0, len(ACCEPTED), 7)]
    seen = []
    with answering(lambda number: seen.append(number) or pieces) as port:
        run = load.run(port, [REQUESTS], count(), 0.1)
    assert len(run.latencies) == len(seen) > 0
    assert all(0 < latency <= run.seconds for latency in run.latencies)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 409 Conflict\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 2020 Later\r\n\r\n",
        b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}",
        ACCEPTED + ACCEPTED,
        b"",
    ],
)
@pytest.mark.parametrize("after", [0, 3])
def test_whatever_else_is_answered_ends_the_run(answer: bytes, after: int) -> None:
    with answering(lambda number: [answer if number == after else ACCEPTED]) as port:
        with pytest.raises(LoadFailed):
            load.run(port, [REQUESTS], count(), 10)


def test_no_two_requests_are_of_the_same_event() -> None:
    client = http.single_events()[0]
    first, second = (
        json_format.parse(client.make(number).partition(b"\r\n\r\n")[2]) for number in range(2)
    )
    assert first.source == second.source
    assert first.id != second.id
    assert json.loads(second.state)["data"]["context"]["id"] == second.id
    head, _, body = http.batches()[0].make(2).partition(b"\r\n\r\n")
    assert head.endswith(b"Content-Length: %d" % len(body))
    events = list(json_format.parse_batch(body, max_events=100))
    assert len({parsed.event.id for parsed in events}) == http.BATCH_EVENTS


@pytest.mark.slow
def test_the_service_is_measured_beside_its_bound(database: Database) -> None:
    measures = http.measure(database, seconds=0.2, runs=1)
    assert [m.name for m in measures] == ["HTTP, single events", "HTTP, batches of 100"]
    for measure in measures:
        assert 0 < measure.p50 <= measure.p99
        assert measure.rate > 0
        assert measure.ratio == measure.rate / measure.bound_rate
    assert measures[1].events % http.BATCH_EVENTS == 0
