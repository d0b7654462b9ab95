"""What the server itself refuses: a documented answer that a naive client gets to read."""

from __future__ import annotations

import http.client
import select
import time
from contextlib import ExitStack

import pytest

MARK = b"do-not-echo-me"
START = b"GET /echo HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /bodies HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

MALFORMED = {
    "no version": b"GET /echo-%s\r\n\r\n" % MARK,
    "other version": b"GET /echo HTTP/9-%s\r\nHost: x\r\n\r\n" % MARK,
    "method": b"get-%s /echo HTTP/1.1\r\nHost: x\r\n\r\n" % MARK,
    "garbage": b"\x16\x03\x01\x02\x00%s\r\n\r\n" % MARK,
    "bare line feeds": b"GET /echo-%s HTTP/1.1\nHost: x\n\n" % MARK,
    "bytes in the target": b"GET /\xc3\xa9-%s HTTP/1.1\r\nHost: x\r\n\r\n" % MARK,
}
INVALID_HEADERS = {
    "underscore": START + b"ce_%s: 1\r\n\r\n" % MARK,
    "name": START + b"ce(%s): 1\r\n\r\n" % MARK,
    "space before the colon": START + b"%s : 1\r\n\r\n" % MARK,
    "folded": START + b"ce-a: 1\r\n %s\r\n\r\n" % MARK,
    "no colon": START + b"%s\r\n\r\n" % MARK,
    "control character": START + b"ce-a: %s\x01\r\n\r\n" % MARK,
    "no Host": b"GET /echo HTTP/1.1\r\n\r\n",
    "two Hosts": START + b"Host: %s\r\n\r\n" % MARK,
    "two Content-Types": START + b"Content-Type: a/b\r\nContent-Type: a/%s\r\n\r\n" % MARK,
    "two Content-Lengths": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
    "Content-Length with Transfer-Encoding": POST
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "Content-Length that is no number": POST + b"Content-Length: +2-%s\r\n\r\nhi" % MARK,
    "Content-Length of 5000 digits": POST + b"Content-Length: %s\r\n\r\nhi" % (b"9" * 5000),
    "chunked twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": b"POST /bodies HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}
MALFORMED_CHUNKS = {
    "size": CHUNKED + b"2\r\nhi\r\n%s\r\n" % MARK,
    "negative size": CHUNKED + b"-2\r\nhi\r\n",
    "no line end after the data": CHUNKED + b"2\r\nhi%s\r\n" % MARK,
    "extension": CHUNKED + b"2;\r\nhi\r\n",
}
TOO_LARGE = {
    "header of 2 MB": START + b"ce-a: " + b"a" * 2_000_000 + b"\r\n\r\n",
    "10,001 headers": START + b"a: b\r\n" * 10_000 + b"\r\n",
    "140 KB in all": START + (b"a: " + b"a" * 20_000 + b"\r\n") * 7 + b"\r\n",
    "2 MB in all": START + (b"a: " + b"a" * 20_000 + b"\r\n") * 100 + b"\r\n",
    "2 MB in all, without an end": START + (b"a: " + b"a" * 20_000 + b"\r\n") * 100,
    "trailer of 2 MB": CHUNKED + b"0\r\na: " + b"a" * 2_000_000 + b"\r\n\r\n",
}
CASES = [
    pytest.param(data, status, slug, id=f"{slug}: {name}")
    for status, slug, requests in [
        (400, "malformed-request", MALFORMED),
        (400, "invalid-header", INVALID_HEADERS),
        (400, "malformed-chunk", MALFORMED_CHUNKS),
        (431, "header-too-large", TOO_LARGE),
        (414, "uri-too-long", {"2 MB": b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\n\r\n"}),
        (414, "uri-too-long", {"no line at all": MARK * 200_000}),
        (400, "unsupported-transfer-coding", {"gzip": CHUNKED.replace(b"chu", b"gzip, chu")}),
        (400, "unsupported-transfer-coding", {"unknown": CHUNKED.replace(b"chunked", MARK)}),
    ]
    for name, data in requests.items()
]


def is_problem(reply, status, slug):
    assert (reply.status, reply.json["type"]) == (status, f"/problems/{slug}")
    assert reply.json["status"] == status
    assert reply.json["title"]
    assert reply.json["detail"]
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["connection"] == "close"
    return True


@pytest.mark.parametrize(("data", "status", "slug"), CASES)
def test_a_bad_request_is_answered_and_nothing_of_it_is_repeated(server, data, status, slug):
    with server.connect() as client:
        reply = client.send(data).reply()
        assert is_problem(reply, status, slug)
        assert MARK not in reply.body
        assert client.at_end()


def test_a_bad_request_after_good_ones_is_answered_in_its_turn(server):
    with server.connect() as client:
        client.send(START + b"\r\n" + START + b"\r\n" + START + b"bad_name: 1\r\n\r\n")
        assert [client.reply().status for _ in range(2)] == [200, 200]
        assert is_problem(client.reply(), 400, "invalid-header")
        assert client.at_end()


def test_an_ordinary_client_reads_431(server):
    client = http.client.HTTPConnection("127.0.0.1", server.port)
    client.request("POST", "/bodies", b"x" * 500_000, {"ce-a": "a" * 2_000_000})
    response = client.getresponse()
    assert (response.status, response.headers["Content-Type"]) == (431, "application/problem+json")
    assert b"/problems/header-too-large" in response.read()
    client.close()


@pytest.mark.parametrize("parts", [1, 8, 64, 512])
def test_64_kib_of_attributes_pass(server, parts):
    value = b"a" * (65_536 // parts)
    attributes = b"".join(b"ce-attribute%d: %s\r\n" % (i, value) for i in range(parts))
    reply = server.request(START + attributes + b"\r\n")
    assert reply.status == 200
    received = [v for k, v in reply.json["headers"].items() if k.startswith("ce-")]
    assert "".join(received) == "a" * 65_536


def test_raw_utf_8_in_a_header_arrives_as_latin_1(server):
    reply = server.request(START + "ce-subject: é\r\n\r\n".encode())
    assert reply.json["headers"]["ce-subject"] == "é".encode().decode("latin-1")


def test_no_client_can_name_a_scheme(server):
    reply = server.request(START + b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: on\r\n\r\n")
    assert reply.json["scheme"] == "http"


def test_an_empty_line_before_or_after_a_request_means_nothing(server):
    with server.connect() as client:
        client.send(b"\r\n" + START + b"\r\n" + b"\r\n").half_close()
        assert client.reply().status == 200
        assert client.at_end()
    with server.connect() as client:
        select.select([client.send(b"\r\n\r\n").sock], [], [])
        client.send(b"x" * 3_000_000)
        assert is_problem(client.reply(), 400, "malformed-request")


def test_an_upgrade_is_passed_over(server):
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    reply = server.request(START + upgrade + b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
    assert reply.status == 200


def test_a_head_that_does_not_end_is_answered_with_408(server):
    starts = {
        "head": START,
        "one byte": b"G",
        "a TLS greeting": b"\x16\x03\x01\x02\x00\x01",
        "second head": START + b"\r\n" + START,
    }
    with ExitStack() as stack:
        clients = [stack.enter_context(server.connect()).send(data) for data in starts.values()]
        later = stack.enter_context(server.connect())
        assert later.send(START + b"\r\n").reply().status == 200
        later.send(START)
        assert clients[-1].reply().status == 200
        for client in [*clients, later]:
            assert is_problem(client.reply(), 408, "request-timeout")
            assert client.at_end()


def test_a_head_that_comes_byte_by_byte_gets_no_more_time(server):
    with server.connect() as client:
        client.send(START + b"a: ")
        while not select.select([client.sock], [], [], 0.05)[0]:
            client.send(b"a")
        assert is_problem(client.reply(), 408, "request-timeout")
        assert client.at_end()


def test_the_time_for_a_head_is_not_that_for_an_answer(server):
    assert server.get("/slow?seconds=1.3").status == 200


def test_silence_is_ended_without_a_word(server):
    with server.connect() as fresh, server.connect() as idle:
        assert idle.send(START + b"\r\n").reply().status == 200
        assert fresh.at_end()
        assert idle.at_end()


@pytest.mark.parametrize("data", [START, START + b"\r\n" + START, POST])
def test_a_head_that_is_cut_off_is_answered(server, data):
    with server.connect() as client:
        client.send(data).half_close()
        if data.count(b"\r\n\r\n"):
            assert client.reply().status == 200
        assert is_problem(client.reply(), 400, "truncated-request")
        assert client.at_end()


def test_an_error_in_the_application_is_a_problem_too(serve, loop):
    server = serve(loop=loop, workers=1)
    assert is_problem(server.get("/fails"), 500, "internal-error")
    with server.connect() as client:
        client.send(b"HEAD /fails HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.reply("HEAD").status == 500
        assert client.at_end()
    assert server.log.count("RuntimeError: on purpose") == 2


def test_an_application_that_does_not_answer_is_a_problem_too(serve, loop, sample):
    server = serve(f"{sample}:create_silent", loop=loop, workers=1)
    with server.connect() as client:
        client.send((START + b"\r\n") * 2)
        assert is_problem(client.reply(), 500, "internal-error")
        assert client.at_end()


def test_an_answer_that_has_begun_is_not_mixed_with_another(server):
    with server.connect() as client:
        client.send(CHUNKED.replace(b"bodies", b"feed"))
        assert client.file.readline() == b"HTTP/1.1 200 OK\r\n"
        client.send(b"no chunk\r\n")
        assert b"HTTP/1.1" not in client.file.read()


def test_a_refusal_ends_the_call_and_the_task_at_once(serve, loop, eventually):
    server = serve(loop=loop, workers=1, limits={"linger_quiet": 90})

    def tasks():
        return server.get("/connections").json["tasks"]

    before = tasks()
    with server.connect() as body, server.connect() as head:
        body.send(CHUNKED + b"2\r\nhi\r\n")
        eventually(lambda: tasks() >= before + 2)  # the call is waiting for more
        assert body.send(b"no chunk\r\n").reply().status == 400
        assert head.send(b"no head\r\n").reply().status == 400
        eventually(lambda: tasks() <= before)


def test_a_refused_client_cannot_go_on_for_ever(serve, loop):
    server = serve(loop=loop, workers=1, limits={"linger_quiet": 0.5, "linger_total": 1.0})
    with server.connect() as client:
        assert client.send(b"no head\r\n").reply().status == 400
        with pytest.raises(ConnectionError):
            while True:
                client.send(b"x")
                time.sleep(0.05)
