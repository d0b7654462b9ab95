"""Bodies: whole, refused so that the client can read why, or cut off and not taken for whole."""

from __future__ import annotations

import hashlib
import http.client

import pytest

START = b"POST /bodies HTTP/1.1\r\nHost: x\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"
LIMIT = 4 * 1024 * 1024
BODY = b"0123456789abcdef" * 196_608  # 3 MiB
TOO_LARGE = b"x" * 20_000_000


def with_length(body: bytes, start: bytes = START) -> bytes:
    return start + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(body: bytes, size: int = 65_536) -> bytes:
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    return CHUNKED + b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


FORMS = pytest.mark.parametrize("form", [with_length, chunked])


@FORMS
@pytest.mark.parametrize("body", [b"", b"x", BODY, b"x" * LIMIT], ids=len)
def test_a_body_arrives_whole_and_the_connection_stays(server, form, body):
    with server.connect() as client:
        for _ in range(2):
            reply = client.send(form(body)).reply()
            assert reply.status == 200
            assert reply.json["length"] == len(body)
            assert reply.json["sha256"] == hashlib.sha256(body).hexdigest()


def test_a_client_that_waits_for_100_gets_it(server):
    with server.connect() as client:
        client.send(START + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert client.reply().status == 100
        assert client.send(b"hi").reply().json["length"] == 2


def test_a_client_that_waits_for_100_is_not_told_to_send_what_will_be_refused(server):
    with server.connect() as client:
        client.send(START + b"Expect: 100-continue\r\nContent-Length: 20000000\r\n\r\n")
        reply = client.reply()
        assert (reply.status, reply.headers["connection"]) == (413, "close")
        assert client.at_end()


@FORMS
@pytest.mark.parametrize("size", [LIMIT + 1, len(TOO_LARGE)])
def test_a_client_that_sends_everything_first_reads_413(server, form, size):
    with server.connect() as client:
        assert client.send(form(TOO_LARGE[:size])).reply().status == 413


@pytest.mark.parametrize(
    "body", [TOO_LARGE, [TOO_LARGE[:1_000_000]] * 20], ids=["length", "chunks"]
)
def test_an_ordinary_client_reads_413(server, body):
    client = http.client.HTTPConnection("127.0.0.1", server.port)
    client.request("POST", "/bodies", body, encode_chunked=True)
    assert client.getresponse().status == 413
    client.close()


def test_a_body_without_end_is_cut_off_and_not_kept(server):
    with server.connect() as client:
        client.send(CHUNKED)
        with pytest.raises(ConnectionError):
            for _ in range(100):
                client.send(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
    assert server.get("/connections").json["peak_rss_kib"] < 300_000


def test_an_answer_that_did_not_wait_for_the_body_is_readable(server):
    with server.connect() as client:
        reply = client.send(with_length(BODY, START.replace(b"bodies", b"unread"))).reply()
        assert (reply.status, reply.headers["connection"]) == (401, "close")
        assert client.at_end()


@FORMS
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.999999])
def test_a_body_that_is_cut_off_is_not_taken_for_whole(server, form, kept):
    whole = form(BODY)
    head = whole.index(b"\r\n\r\n") + 4
    with server.connect() as client:
        client.send(whole[: head + int((len(whole) - head) * kept)]).half_close()
        reply = client.reply()
        assert (reply.status, reply.json["type"]) == (400, "/problems/truncated-request")
        assert client.at_end()


@FORMS
def test_a_client_that_has_ended_its_side_is_answered(server, form):
    with server.connect() as client:
        reply = client.send(form(BODY)).half_close().reply()
        assert reply.json["length"] == len(BODY)
        assert client.at_end()


def test_a_client_that_has_ended_its_side_is_waited_for(server):
    with server.connect() as client:
        client.send(b"GET /slow?seconds=0.2 HTTP/1.1\r\nHost: x\r\n\r\n").half_close()
        reply = client.reply()
        assert (reply.status, reply.headers["connection"]) == (200, "close")
        assert client.at_end()


def test_a_client_that_ends_its_side_in_the_middle_of_its_answer_is_not_kept(serve, loop):
    server = serve(loop=loop, workers=1, keepalive=90)
    with server.connect() as client:
        client.send(b"GET /large?bytes=30000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.file.peek(1)
        assert len(client.half_close().reply().body) == 30_000_000
        assert client.at_end()


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(serve, loop, eventually):
    server = serve(loop=loop, workers=1, limits={"linger_quiet": 1.0})
    before = server.get("/connections").json
    for data in [CHUNKED + b"5\r\nhe", with_length(BODY)[:500_000], START, b""] * 5:
        with server.connect() as client:
            client.send(data)
    for data in [b"bad\r\n\r\n", with_length(TOO_LARGE)] * 5:
        with server.connect() as client:
            client.send(data).reply()

    def as_before():
        now = server.get("/connections").json
        return now["tasks"] <= before["tasks"] and now["open_files"] <= before["open_files"]

    assert eventually(as_before)
    assert server.stop() == 0
    assert server.log == ""  # gunicorn would name the connections that it believes to be open


def test_a_body_that_stalls_is_answered_with_408(serve, loop):
    server = serve(loop=loop, workers=1, timeout=3)
    with server.connect() as one, server.connect() as other:
        one.send(with_length(BODY)[:-20])
        other.send(chunked(BODY)[:-20])
        for client in one, other:
            reply = client.reply()
            assert (reply.status, reply.headers["connection"]) == (408, "close")
            assert client.at_end()
    assert server.log == ""


def test_requests_sent_at_once_are_answered_in_turn(server):
    get = b"GET /echo?%d HTTP/1.1\r\nHost: x\r\n\r\n"
    with server.connect() as client:
        client.send(get % 1 + chunked(BODY) + get % 2 + with_length(b"hi") + get % 3).half_close()
        replies = [client.reply().json for _ in range(5)]
        assert [r.get("query") or r["length"] for r in replies] == ["1", len(BODY), "2", 2, "3"]
        assert client.at_end()


def test_an_error_of_the_application_keeps_the_connection(server):
    with server.connect() as client:
        assert (
            client.send(with_length(b"hi", START.replace(b"bodies", b"none"))).reply().status == 404
        )
        assert client.send(with_length(b"hi")).reply().status == 200
