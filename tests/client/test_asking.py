"""How the client asks: patience, connections, ETags, and where a token goes."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.client import Client, ProblemAnswer, ServiceUnreachable, UnexpectedAnswer
from streamgauge.client.asking import pause_of
from streamgauge.client.connection import Answered
from streamgauge.errors import SettingsError
from tests.client.server import Reply, Server, serving
from tests.helpers import an_event

TOKEN = "sg_0123456789ab_a-secret"
BUSY = Reply(
    503, {"Content-Type": "application/problem+json", "Retry-After": "0"},
    b'{"type": "/problems/unavailable", "title": "T", "status": 503, "detail": "not yet",'
    b' "request_id": "abc"}',
)  # fmt: skip
GOOD = Reply()


def test_it_waits_for_a_service_that_is_busy() -> None:
    limited = Reply(429, {"Retry-After": "0"})
    with serving(BUSY, limited, BUSY, GOOD) as server, Client(server.url) as client:
        assert client.metrics() == []
    assert len(server.seen) == 4


def test_not_for_longer_than_it_has_patience() -> None:
    late = Reply(503, {**BUSY.headers, "Retry-After": "3600"}, BUSY.body)
    with serving(late) as server, Client(server.url) as client:
        with pytest.raises(ProblemAnswer) as refused:
            client.metrics()
    assert len(server.seen) == 1
    assert (refused.value.retry_after, refused.value.type) == (3600, "/problems/unavailable")
    assert str(refused.value) == "not yet (its log calls the request abc)"


def test_nor_without_any() -> None:
    with serving(Reply(429), GOOD) as server, Client(server.url, patience=0) as client:
        with pytest.raises(ProblemAnswer):
            client.metrics()
    assert len(server.seen) == 1


def test_events_are_sent_again_too() -> None:
    taken = Reply(202, {"Streamgauge-Accepted": "1", "Streamgauge-Position": "7"}, b"")
    with serving(BUSY, taken) as server, Client(server.url) as client:
        assert client.send([an_event(1)]).position == 7
    assert server.seen[0].body == server.seen[1].body == b"[" + an_event(1).state + b"]"


@given(st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, \d+ Jan \d+ \d\d:\d\d:\d\d GMT"))
def test_any_retry_after_is_read(text: str) -> None:
    pause = pause_of(Answered(503, {"retry-after": text}, b""))
    assert pause is not None
    assert pause >= 0


def test_a_retry_after_may_be_a_date() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    pause = pause_of(Answered(429, {"retry-after": then}, b""))
    assert pause is not None
    assert 80 < pause <= 90
    past = pause_of(Answered(429, {"retry-after": "Mon, 05 Jan 2026 09:00:00 GMT"}, b""))
    assert past == 0
    assert pause_of(Answered(500, {"retry-after": "1"}, b"")) is None


def connections(server: Server) -> int:
    return len({seen.connection for seen in server.seen})


def test_one_connection_is_kept_open() -> None:
    with serving(GOOD) as server, Client(server.url) as client:
        for _ in range(5):
            client.metrics()
    assert connections(server) == 1


def test_it_is_opened_again_when_the_service_has_closed_it() -> None:
    with serving(Reply(closes=True), GOOD) as server, Client(server.url) as client:
        for _ in range(3):
            client.metrics()
    assert (len(server.seen), connections(server)) == (3, 2)


def test_a_request_that_meets_the_end_of_a_kept_connection_is_sent_once_more() -> None:
    with serving(GOOD, Reply(silent=True), GOOD) as server, Client(server.url) as client:
        client.metrics()
        assert client.metrics() == []
    assert (len(server.seen), connections(server)) == (3, 2)


def test_but_not_what_should_be_done_once() -> None:
    with serving(GOOD, Reply(silent=True), GOOD) as server, Client(server.url) as client:
        client.metrics()
        with pytest.raises(ServiceUnreachable, match="closed without an answer"):
            client.replay("delivery")
        assert client.metrics() == []
    assert len(server.seen) == 3


def test_nor_anything_for_ever() -> None:
    with serving(GOOD, Reply(silent=True)) as server, Client(server.url) as client:
        client.metrics()
        with pytest.raises(ServiceUnreachable):
            client.metrics()
    assert len(server.seen) == 3


def test_the_last_answer_is_kept_by_its_etag() -> None:
    first = Reply(200, {"ETag": 'W/"7"'}, b'{"items": []}')
    other = Reply(200, {"ETag": '"8"'}, b'{"items": [1]}')
    same = Reply(304, {"ETag": '"7"'}, b"")
    with serving(first, same, other, same, GOOD) as server, Client(server.url) as client:
        answers = [client.raw("/v1/things", service="a") for _ in range(4)]
        assert answers == [first.body, first.body, other.body, other.body]
        client.raw("/v1/things", service="b")
    shown = [seen.headers.get("if-none-match") for seen in server.seen]
    assert shown == [None, 'W/"7"', 'W/"7"', '"8"', None]


def test_without_etags_nothing_is_kept() -> None:
    with serving(Reply(200, {"ETag": '"7"'}), GOOD) as server, Client(server.url) as client:
        for _ in range(3):
            client.metrics()
    shown = [seen.headers.get("if-none-match") for seen in server.seen]
    assert shown == [None, '"7"', None]


def test_only_the_last_answers_are_kept() -> None:
    with serving(Reply(200, {"ETag": '"7"'})) as server, Client(server.url) as client:
        for page in [*range(40), 0, 39]:
            client.raw("/v1/things", page=page)
    shown = ["if-none-match" in seen.headers for seen in server.seen]
    assert shown == [False] * 41 + [True]


def test_a_304_for_nothing_that_was_kept_is_no_answer() -> None:
    with serving(Reply(304, {}, b"")) as server, Client(server.url) as client:
        with pytest.raises(ProblemAnswer):
            client.metrics()


def test_compressed_answers_are_read() -> None:
    body = json.dumps({"items": []}).encode()
    packed = Reply(200, {"Content-Encoding": "gzip"}, gzip.compress(body))
    with serving(packed) as server, Client(server.url) as client:
        assert client.raw("/v1/things") == body
    assert server.seen[0].headers["accept-encoding"] == "gzip"
    with serving(Reply(200, {"Content-Encoding": "gzip"}, b"no")) as server:
        with Client(server.url) as client, pytest.raises(UnexpectedAnswer, match="compressed"):
            client.metrics()


def test_a_redirect_is_not_followed_and_the_token_stays() -> None:
    with serving(GOOD) as elsewhere:
        moved = Reply(307, {"Location": f"{elsewhere.url}/v1/metrics"}, b"")
        with serving(moved) as server, Client(server.url, TOKEN) as client:
            with pytest.raises(ProblemAnswer, match="redirects are not followed") as refused:
                client.metrics()
    assert refused.value.status == 307
    assert elsewhere.seen == []
    assert server.seen[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in f"{refused.value!r} {refused.value} {client!r}"


@pytest.mark.parametrize(
    "following", ["http://elsewhere.example/v1", "//elsewhere.example/v1", "v1", "", "@x/"]
)
def test_nor_does_a_next_page_lead_elsewhere(following: str) -> None:
    page = json.dumps({"items": [{"id": "1"}], "next": following}).encode()
    with serving(Reply(200, {}, page)) as server, Client(server.url, TOKEN) as client:
        with pytest.raises(UnexpectedAnswer, match="not its own"):
            list(client.deployments())
    assert len(server.seen) == 1


def test_below_a_path_of_a_proxy() -> None:
    page = json.dumps({"items": [{"id": "1"}], "next": "/v1/incidents?cursor=1"}).encode()
    last = json.dumps({"items": [{"id": "2"}], "next": None}).encode()
    with serving(Reply(200, {}, page), Reply(200, {}, last)) as server:
        with Client(f"{server.url}/gauge/") as client:
            assert [item["id"] for item in client.incidents(service="ä/b c")] == ["1", "2"]
    assert [seen.path for seen in server.seen] == [
        "/gauge/v1/incidents?service=%C3%A4%2Fb%20c", "/gauge/v1/incidents?cursor=1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (502, {"Content-Type": "text/html"}, b"<h1>Bad</h1>", "502 Bad Gateway"),
        (599, {}, b"", "was answered with 599"),
        (400, {"Content-Type": "application/problem+json"}, b"{", "400 Bad Request"),
        (400, {"Content-Type": "application/problem+json"}, b'{"title": 1}', "400 Bad Request"),
    ],
)
def test_a_proxys_own_error_is_a_problem_too(
    status: int, headers: dict[str, str], body: bytes, said: str
) -> None:
    with serving(Reply(status, headers, body)) as server, Client(server.url) as client:
        with pytest.raises(ProblemAnswer, match=said) as refused:
            client.metric("x", service="secret-service")
    assert (refused.value.status, refused.value.type) == (status, "about:blank")
    assert f"GET {server.url}/v1/metrics/x " in str(refused.value)


@pytest.mark.parametrize("body", [b"", b"hello", b"[]", b'{"items": 1}', b"\xff", b"[" * 5000])
def test_what_is_no_answer_of_a_service_is_said_to_be_none(body: bytes) -> None:
    with serving(Reply(200, {}, body)) as server, Client(server.url) as client:
        with pytest.raises(UnexpectedAnswer, match="is that the URL of a Streamgauge"):
            client.metrics()


def test_what_speaks_no_http() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            with listening.accept()[0] as met:
                met.recv(65_536)
                met.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        with Client(f"http://127.0.0.1:{listening.getsockname()[1]}") as client:
            with pytest.raises(ServiceUnreachable, match="is no HTTP: BadStatusLine"):
                client.metrics()
        thread.join()


def test_silence_has_an_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with Client(url, timeout=0.05) as client:
            with pytest.raises(ServiceUnreachable, match="no answer in time"):
                client.metrics()


@pytest.mark.parametrize(
    "url",
    [
        "", "localhost:8080", "ftp://h", "http://", "http://u:hidden@h", "http://hidden@h",
        "http://h?token=hidden", "http://h#hidden", "http://h:99999", "http://h:x",
        "http//h hidden",
        "http://h/\x00hidden", "http://[::1", "http://ä/",
    ],
)  # fmt: skip
def test_what_is_no_url_of_a_service_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match="the URL of the service must be such as") as refused:
        Client(url)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://[::1]:80/", "http://[::1]:80"),
        ("https://Gauge.Example/a/", "https://gauge.example/a"),
    ],
)
def test_a_client_shows_where_it_asks(url: str, shown: str) -> None:
    assert repr(Client(url, TOKEN)) == f"Client('{shown}')"


@pytest.mark.parametrize("token", ["", "two words", "new\nline", "ünicode"])
def test_a_token_that_cannot_be_shown_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Client("http://h", token)
    assert str(refused.value).startswith("the token for the service holds a character")
