"""HTTP 1.1 Web Hooks for Event Delivery 1.0.2, over sockets: handshake, origins, rate, tokens."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.cdevents import in_cloudevent
from streamgauge_http.handshake import Origins
from tests.conftest import fresh_database
from tests.helpers import a_deployment, an_event
from tests.service import Answer, Service, eventually

PROBLEMS = (Path(__file__).parents[2] / "docs/reference/problems.md").read_text()
PATHS = ["/", "/cloudevents", "/cdevents", "/webhooks/github"]
WITH_TOKEN = PATHS[:3]
ORIGIN = "WebHook-Request-Origin"
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
TOKENS = ["correct-horse-battery", "another/token+with=signs&more"]
BEARER = {"Authorization": f"Bearer {TOKENS[0]}"}
CHALLENGE = 'Bearer realm="streamgauge"'
CONSENT = {"webhook-allowed-origin", "webhook-allowed-rate"}


@pytest.fixture(scope="module")
def guarded(server_url: str) -> Iterator[Service]:
    """A service with origins, tokens and a rate that no test here comes up to."""
    environ = {
        "STREAMGAUGE_WEBHOOK_ORIGINS": "Sender.example,*.example.org",
        "STREAMGAUGE_WEBHOOK_RATE": "600",
        "STREAMGAUGE_INGEST_TOKENS": ",".join(TOKENS),
        "STREAMGAUGE_OPEN": "read",
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


@pytest.fixture(scope="module")
def slow(server_url: str) -> Iterator[Service]:
    """One HTTP process that takes one delivery a minute from each origin."""
    environ = {
        "STREAMGAUGE_WEBHOOK_RATE": "1",
        "STREAMGAUGE_HTTP_WORKERS": "1",
        "STREAMGAUGE_INGEST_TOKENS": TOKENS[0],
        "STREAMGAUGE_OPEN": "read",
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def ask(service: Service, path: str = "/", **headers: str) -> Answer:
    """A validation request; Request_Rate is WebHook-Request-Rate."""
    named = {f"WebHook-{name.replace('_', '-')}": value for name, value in headers.items()}
    return service.request("OPTIONS", path, None, named)


def deliver(
    service: Service, headers: Mapping[str, str], path: str = "/", number: int = 1
) -> Answer:
    event = in_cloudevent(a_deployment(number)) if "cdevents" in path else an_event(number)
    return service.request("POST", path, event.state, {**STRUCTURED, **headers})


def check(answer: Answer, status: int, slug: str, where: str = "") -> None:
    assert (answer.status, answer.json["type"]) == (status, f"/problems/{slug}")
    assert answer.json.get("where", "") == where
    assert re.search(rf"^\| `{slug}` \| {status} \|", PROBLEMS, re.MULTILINE)


def no_consent(answer: Answer) -> None:
    assert (answer.status, answer.body) == (204, b"")
    assert "POST" in answer.headers["allow"]
    assert not CONSENT & set(answer.headers)


# The handshake


@pytest.mark.parametrize("path", PATHS)
def test_a_handshake_is_granted_everywhere_that_events_come_in(service: Service, path: str) -> None:
    answer = ask(service, path, Request_Origin="EventEmitter.example.com", Request_Rate="120")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["allow"] == ("GET, OPTIONS, POST" if path == "/" else "OPTIONS, POST")
    assert answer.headers["webhook-allowed-origin"] == "EventEmitter.example.com"
    assert answer.headers["webhook-allowed-rate"] == "*", "there is no limit"


@pytest.mark.parametrize("path", PATHS)
def test_options_without_an_origin_is_no_consent(service: Service, path: str) -> None:
    no_consent(ask(service, path))
    no_consent(ask(service, path, Request_Rate="x"))


@pytest.mark.parametrize("origin", ["", "a b", "a,b", "x" * 254, "caf\xe9.example"])
def test_what_cannot_be_an_origin_gets_no_consent(service: Service, origin: str) -> None:
    no_consent(ask(service, Request_Origin=origin))
    check(deliver(service, {ORIGIN: origin}), 403, "origin-not-allowed", ORIGIN)


def test_an_unknown_source_stays_unknown(service: Service) -> None:
    check(ask(service, "/webhooks/gitbuh", Request_Origin="a.example"), 404, "not-found")


def test_where_nothing_comes_in_there_is_no_consent(server_url: str) -> None:
    with fresh_database(server_url) as url, Service.running(url, roles=["api"]) as api:
        for path in ("/", "/v1/metrics"):
            answer = ask(api, path, Request_Origin="a.example")
            assert "POST" not in answer.headers["allow"]
            assert not CONSENT & set(answer.headers)
        assert ask(api, "/cloudevents", Request_Origin="a.example").status == 404


def test_get_and_the_other_methods_are_as_they_were(guarded: Service) -> None:
    assert "paths" in guarded.get("/").json
    assert guarded.get("/v1/metrics").status == 200
    check(guarded.get("/cloudevents"), 405, "method-not-allowed")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "origin", ["sender.example", "SENDER.EXAMPLE", "a.example.org", "a.b.Example.org"]
)
def test_an_origin_that_is_listed_needs_no_token_to_ask(
    guarded: Service, path: str, origin: str
) -> None:
    answer = ask(guarded, path, Request_Origin=origin)
    assert answer.status == 204
    assert answer.headers["webhook-allowed-origin"] == origin
    assert answer.headers["webhook-allowed-rate"] == "600"


OTHERS = ["other.example", "example.org", "notexample.org", "x.sender.example", ".example.org", "*",
          "sender.example.", "sender.example,sender.example"]  # fmt: skip


@pytest.mark.parametrize("origin", OTHERS)
def test_an_origin_that_is_not_listed(guarded: Service, origin: str) -> None:
    no_consent(ask(guarded, Request_Origin=origin))
    for path in PATHS:
        check(deliver(guarded, {**BEARER, ORIGIN: origin}, path), 403, "origin-not-allowed", ORIGIN)


@pytest.mark.parametrize(
    ("wanted", "granted"),
    [("1", "1"), ("599", "599"), ("600", "600"), ("601", "600"), ("0007", "7"), ("9" * 50, "600")],
)
def test_the_rate_is_the_lower_of_the_two(guarded: Service, wanted: str, granted: str) -> None:
    answer = ask(guarded, Request_Origin="sender.example", Request_Rate=wanted)
    assert answer.headers["webhook-allowed-rate"] == granted


@pytest.mark.parametrize(
    "rate", ["0", "-1", "+1", "1.5", "x", "", "1e3", "1,2", "\xb2", "9" * 5000]
)
def test_a_rate_that_is_no_positive_number(guarded: Service, rate: str) -> None:
    answer = ask(guarded, Request_Origin="sender.example", Request_Rate=rate)
    check(answer, 400, "invalid-input", "WebHook-Request-Rate")
    assert not CONSENT & set(answer.headers)


def test_a_callback_is_ignored_unless_its_host_is_named(service: Service) -> None:
    """What is called where one is named is shown in test_callbacks.py."""
    with socket.create_server(("127.0.0.1", 0)) as host:
        host.settimeout(0.5)
        url = f"https://127.0.0.1:{host.getsockname()[1]}/?key=hidden"
        answer = ask(service, Request_Origin="a.example", Request_Callback=url)
        assert answer.headers["webhook-allowed-origin"] == "a.example"
        with pytest.raises(TimeoutError):
            host.accept()
    assert "callback" not in "".join(service.output)


def test_a_callback_is_made_after_the_answer(server_url: str) -> None:
    """A host that no resolver knows: the call fails, which the log tells without the secret."""
    environ = {"STREAMGAUGE_WEBHOOK_CALLBACK_HOSTS": "hook.invalid"}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        for host in ("other.invalid", "hook.invalid"):
            answer = ask(
                service,
                Request_Origin="a.example",
                Request_Callback=f"https://{host}/confirm?key=hidden",
            )
            assert answer.headers["webhook-allowed-rate"] == "*"
        eventually(lambda: "callback" in "".join(service.output))
    said = "".join(service.output)
    assert "the callback to hook.invalid failed: gaierror" in said
    assert "other.invalid" not in said
    assert "hidden" not in said


@given(st.text(max_size=300), st.lists(st.sampled_from(["a.example", "*.example.org"])))
def test_any_text_at_all_may_be_asked_for(origin: str, allowed: list[str]) -> None:
    if Origins(allowed).allow(origin):
        assert origin.lower() in allowed or origin.lower().endswith(".example.org")


# Deliveries


def test_a_delivery_with_and_without_an_origin(service: Service) -> None:
    assert deliver(service, {ORIGIN: "anybody.example"}).status == 202
    assert deliver(service, {}).status == 202


def test_a_listed_origin_delivers_and_so_does_who_names_none(guarded: Service) -> None:
    for headers in ({ORIGIN: "sender.EXAMPLE"}, {ORIGIN: "a.example.org"}, {}):
        assert deliver(guarded, {**BEARER, **headers}).status == 202


def test_who_is_refused_need_not_send_the_body(guarded: Service) -> None:
    """The client waits for leave to send the body, and is told no."""
    head = (
        "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n"
        "Content-Type: application/cloudevents+json\r\n{}\r\n"
    )
    for line, status in (("", 401), (f"{ORIGIN}: other.example\r\n", 403)):
        with socket.create_connection(("127.0.0.1", guarded.port), timeout=30) as client:
            client.sendall(head.format(line).encode())
            assert client.recv(65_536).startswith(f"HTTP/1.1 {status} ".encode())


# The rate


def test_who_sends_more_than_its_rate_is_told_when_to_come_back(server_url: str) -> None:
    environ = {"STREAMGAUGE_WEBHOOK_RATE": "60", "STREAMGAUGE_HTTP_WORKERS": "1"}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        answers = [deliver(service, {ORIGIN: "fast.example"}, "/", n) for n in range(60)]
        assert {answer.status for answer in answers} == {202}, "a minute's worth at once"
        refused = next(
            answer
            for n in range(60, 600)
            if (answer := deliver(service, {ORIGIN: "fast.example"}, "/", n)).status != 202
        )
        check(refused, 429, "rate-limited")
        assert refused.headers["retry-after"] == "1"
        time.sleep(int(refused.headers["retry-after"]))
        assert deliver(service, {ORIGIN: "fast.example"}).status == 202


def test_one_bucket_for_all_paths_and_all_ways_to_write_the_origin(slow: Service) -> None:
    assert ask(slow, Request_Origin="a.example").headers["webhook-allowed-rate"] == "1"
    assert deliver(slow, {**BEARER, ORIGIN: "a.example"}).status == 202
    for path in PATHS:
        answer = deliver(slow, {**BEARER, ORIGIN: "A.Example"}, path)
        check(answer, 429, "rate-limited")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert deliver(slow, {**BEARER, ORIGIN: "b.example"}).status == 202
    assert ask(slow, Request_Origin="a.example").headers["webhook-allowed-rate"] == "1"


def test_who_names_no_origin_is_known_by_its_address(slow: Service) -> None:
    assert deliver(slow, BEARER).status == 202
    forged = {"X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.2", "X-Real-IP": "10.0.0.3"}
    check(deliver(slow, {**BEARER, **forged}), 429, "rate-limited")
    assert deliver(slow, {**BEARER, ORIGIN: "127.0.0.1"}).status == 202


def test_the_rate_is_judged_before_the_body_is_read(slow: Service) -> None:
    assert deliver(slow, {**BEARER, ORIGIN: "big.example"}).status == 202
    head = f"POST / HTTP/1.1\r\nHost: x\r\n{ORIGIN}: big.example\r\nContent-Length: 100000\r\n"
    authorization = f"Authorization: {BEARER['Authorization']}\r\n"
    with socket.create_connection(("127.0.0.1", slow.port), timeout=30) as client:
        client.sendall(f"{head}{authorization}Expect: 100-continue\r\n\r\n".encode())
        assert client.recv(65_536).startswith(b"HTTP/1.1 429 ")


def test_who_is_refused_for_its_token_spends_nothing_of_the_rate(slow: Service) -> None:
    for _ in range(3):
        check(deliver(slow, {ORIGIN: "c.example"}), 401, "unauthorized")
    assert deliver(slow, {**BEARER, ORIGIN: "c.example"}).status == 202
    check(deliver(slow, {**BEARER, ORIGIN: "c.example"}), 429, "rate-limited")


def test_without_a_limit_nobody_is_refused(service: Service) -> None:
    assert {deliver(service, {ORIGIN: "fast.example"}).status for _ in range(150)} == {202}


# Tokens


@pytest.mark.parametrize("path", WITH_TOKEN)
@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER   "])
def test_a_token_in_the_header(guarded: Service, path: str, scheme: str) -> None:
    for token in TOKENS:
        answer = deliver(guarded, {"Authorization": scheme + token}, path)
        assert answer.status == 202
        assert "cache-control" not in answer.headers


@pytest.mark.parametrize("path", WITH_TOKEN)
def test_a_token_in_the_query(guarded: Service, path: str) -> None:
    escaped = "another%2Ftoken%2Bwith%3Dsigns%26more"
    for query in (f"access_token={TOKENS[0]}", f"p=q&access_token={escaped}&access=x"):
        answer = deliver(guarded, {}, f"{path}?{query}")
        assert answer.status == 202
        assert answer.headers["cache-control"] == "private"


@pytest.mark.parametrize("path", WITH_TOKEN)
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": f"Basic {TOKENS[0]}"}, {"Authorization": TOKENS[0]}]
)
def test_without_a_token(guarded: Service, path: str, headers: Mapping[str, str]) -> None:
    answer = deliver(guarded, headers, path)
    check(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == CHALLENGE


@pytest.mark.parametrize("path", WITH_TOKEN)
@pytest.mark.parametrize(
    "wrong", [TOKENS[0][:-1], TOKENS[0].upper(), "", "caf\xe9" * 9, ",".join(TOKENS)]
)
def test_with_a_wrong_token(guarded: Service, path: str, wrong: str) -> None:
    in_query = "".join(f"%{byte:02x}" for byte in wrong.encode("latin-1"))
    for headers, query in (
        ({"Authorization": f"Bearer {wrong}"}, ""),
        ({}, f"?access_token={in_query}"),
    ):
        answer = deliver(guarded, headers, path + query)
        check(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == f'{CHALLENGE}, error="invalid_token"'


def with_headers(service: Service, path: str, headers: Sequence[tuple[str, str]]) -> Answer:
    """A POST whose headers may come twice."""
    connection = HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.putrequest("POST", path)
    for name, value in [*headers, ("Content-Length", "2")]:
        connection.putheader(name, value)
    connection.endheaders(b"{}")
    response = connection.getresponse()
    found = {name.lower(): value for name, value in response.getheaders()}
    answer = Answer(response.status, found, response.read())
    connection.close()
    return answer


def test_more_than_one_token_is_refused(guarded: Service) -> None:
    header = ("Authorization", f"Bearer {TOKENS[0]}")
    query = f"access_token={TOKENS[0]}"
    check(with_headers(guarded, "/", [header, header]), 400, "invalid-input", "Authorization")
    for path, headers in ((f"/?{query}", [header]), (f"/?{query}&{query}", [])):
        check(with_headers(guarded, path, headers), 400, "invalid-input", "access_token")


def test_a_webhook_needs_a_signature_and_no_token(guarded: Service) -> None:
    answer = deliver(guarded, {}, "/webhooks/github")
    check(answer, 403, "webhook-refused")


def test_without_the_setting_a_token_means_nothing(service: Service) -> None:
    assert deliver(service, {"Authorization": "Bearer whatever"}).status == 202
    answer = deliver(service, {"Authorization": "Bearer x"}, "/?access_token=y")
    assert (answer.status, answer.headers["cache-control"]) == (202, "private")


def test_an_origin_is_judged_before_the_token(guarded: Service) -> None:
    check(deliver(guarded, {ORIGIN: "other.example"}), 403, "origin-not-allowed", ORIGIN)


RAW = ["POST /?access_token={} HTTP/9.9", "POST /?access_token={}\xff HTTP/1.1",
       "POST /nowhere?access_token={} HTTP/1.1", "FOO /?access_token={} HTTP/1.1",
       "GET /v1/metrics?access_token={} HTTP/1.1", "POST /?access_token={}"]  # fmt: skip


@pytest.mark.parametrize("line", RAW)
def test_a_token_is_repeated_nowhere(guarded: Service, line: str) -> None:
    request = f"{line.format(TOKENS[0])}\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", guarded.port), timeout=30) as client:
        client.sendall(request.encode("latin-1"))
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := client.recv(65_536):
            answer += piece
    status = int(answer.split(b" ")[1])
    assert 400 <= status < 500, answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["detail"]
    said = answer.decode("latin-1") + "".join(guarded.output)
    assert not any(token in said for token in TOKENS)


def test_nothing_of_all_that_is_in_the_log(guarded: Service) -> None:
    for path in ("/?access_token=wrong-and-hidden", f"/?access_token={TOKENS[0]}"):
        answer: Any = deliver(guarded, {}, path, 7)
        assert b"hidden" not in answer.body
    said = "".join(guarded.output)
    assert "hidden" not in said
    assert "access_token" not in said
    assert not any(token in said for token in TOKENS)
