"""What producers really do, over a socket to the service as it ships: nothing is lost or torn."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest

from streamgauge.cdevents import attributes_of
from tests.cdevents.events import deployed
from tests.service import Service

JSON = {"content-type": "application/json"}


def event(name: str, **members: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": name, "source": "/real", "type": "t", **members}


def stored(service: Service, name: str) -> list[dict[str, Any]]:
    items = service.get("/v1/events/cloudevents", limit=1000).json["items"]
    return [item["event"] for item in items if item["event"]["id"] == name]


@contextmanager
def connection(service: Service) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as sock:
        yield sock


def answers(sock: socket.socket, number: int = 1) -> list[int]:
    """The statuses of that many answers, none of which has a body."""
    received = b""
    while received.count(b"\r\n\r\n") < number:
        piece = sock.recv(65_536)
        assert piece, received
        received += piece
    return [int(head.split(b" ", 2)[1]) for head in received.split(b"\r\n\r\n")[:number]]


def request(body: bytes, *headers: str) -> bytes:
    lines = ["POST / HTTP/1.1", "Host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


STRUCTURED = "Content-Type: application/cloudevents+json"


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "text/json"]
)
def test_a_structured_event_that_says_json(service: Service, kind: str) -> None:
    """Spinnaker sends this."""
    name = f"mislabelled {kind}"
    body = json.dumps(event(name, data={"a": 1})).encode()
    assert service.request("POST", "/", body, {"content-type": kind}).status == 202
    assert stored(service, name) == [event(name, data={"a": 1})]


def test_a_cdevent_that_says_json(service: Service) -> None:
    document = deployed()
    document["context"]["id"] = "mislabelled CDEvent"
    body = json.dumps({**attributes_of(document), "data": document}).encode()
    assert service.request("POST", "/cdevents", body, JSON).status == 202
    assert len(stored(service, "mislabelled CDEvent")) == 1


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"id":"1","source":"/s","type":"t"}', JSON),
        (b"[" + json.dumps(event("in a list")).encode() + b"]", JSON),
        (json.dumps(event("with headers")).encode(), {**JSON, "ce-id": "1"}),
        (b"null", JSON),
        (b"{", JSON),
    ],
)
def test_json_that_is_no_structured_event(
    service: Service, body: bytes, headers: dict[str, str]
) -> None:
    answer = service.request("POST", "/", body, headers)
    assert (answer.status, answer.json["where"]) == (400, "ce-specversion")


@pytest.mark.parametrize(
    "kind", ["application/cloudevents+json", "application/cloudevents-batch+json"]
)
def test_another_charset_is_not_read(service: Service, kind: str) -> None:
    for charset, status in (("utf-8", 202), ('"UTF-8"', 202), ("us-ascii", 202), ("latin1", 415)):
        one = json.dumps(event(f"{kind} {charset}")).encode()
        body = b"[" + one + b"]" if "batch" in kind else one
        headers = {"content-type": f"{kind}; charset={charset}"}
        assert service.request("POST", "/", body, headers).status == status


def test_cloudevents_0_3_in_every_mode(service: Service) -> None:
    old = {"specversion": "0.3", "source": "/real", "type": "t"}
    structured = {**old, "id": "old 1", "data": {"a": 1}, "datacontenttype": "application/json"}
    binary = {f"ce-{name}": value for name, value in {**old, "id": "old%202"}.items()}
    batch = [{**structured, "id": "old 3"}, {**structured, "id": "old 4"}]
    for body, headers in (
        (json.dumps(structured).encode(), {"content-type": "application/cloudevents+json"}),
        (b'{"a":1}', {**binary, **JSON}),
        (json.dumps(batch).encode(), {"content-type": "application/cloudevents-batch+json"}),
    ):
        assert service.request("POST", "/", body, headers).status == 202
    for number in range(1, 5):
        (found,) = stored(service, f"old {number}")
        assert (found["specversion"], found["data"]) == ("1.0", {"a": 1})


@pytest.mark.parametrize("size", [65_536, 1_000_000])
def test_a_large_event_in_chunks_is_read_whole(service: Service, size: int) -> None:
    name = f"chunked {size}"
    body = json.dumps(event(name, data="x" * size)).encode()
    pieces = [body[at : at + 7_001] for at in range(0, len(body), 7_001)]
    chunked = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces)
    with connection(service) as sock:
        sock.sendall(request(chunked + b"0\r\n\r\n", STRUCTURED, "Transfer-Encoding: chunked"))
        assert answers(sock) == [202]
    (found,) = stored(service, name)
    assert len(found["data"]) == size


def test_a_large_binary_event_fits_into_its_headers(service: Service) -> None:
    """64 KiB on the wire, most of it in the attributes of one event."""
    subject = "ü" * 5_000
    headers = {
        **{f"ce-{key}": quote(str(value)) for key, value in event("headers").items()},
        "ce-subject": quote(subject),
        **{f"ce-ext{number}": "y" * 500 for number in range(60)},
        "content-type": "application/json",
    }
    wire = sum(len(name) + len(value) + 4 for name, value in headers.items())
    assert 60_000 < wire < 65_536
    assert service.request("POST", "/", b"{}", headers).status == 202
    (found,) = stored(service, "headers")
    assert (found["subject"], found["ext59"]) == (subject, "y" * 500)


def test_an_event_of_very_many_attributes_fits_into_its_headers(service: Service) -> None:
    headers = {f"ce-{key}": quote(str(value)) for key, value in event("many").items()}
    headers |= {f"ce-x{number}": "" for number in range(5_000)}
    wire = sum(len(name) + len(value) + 4 for name, value in headers.items())
    assert 50_000 < wire < 65_536
    assert service.request("POST", "/", b"{}", headers).status == 202
    (found,) = stored(service, "many")
    assert found["x4999"] == ""


def test_many_deliveries_on_one_connection(service: Service) -> None:
    """The first without waiting for the answers, which come in their order."""
    names = [f"kept alive {number}" for number in range(20)]
    with connection(service) as sock:
        bodies = [json.dumps(event(name)).encode() for name in names]
        for body in bodies[:7]:
            sock.sendall(request(body, STRUCTURED, f"Content-Length: {len(body)}"))
        assert answers(sock, 7) == [202] * 7
        for body in bodies[7:]:
            sock.sendall(request(body, STRUCTURED, f"Content-Length: {len(body)}"))
            assert answers(sock) == [202]
    assert all(len(stored(service, name)) == 1 for name in names)


def test_a_slow_client_is_waited_for(service: Service) -> None:
    body = json.dumps(event("slow", data="z" * 200)).encode()
    whole = request(body, STRUCTURED, f"Content-Length: {len(body)}")
    with connection(service) as sock:
        for at in range(0, len(whole), 16):
            sock.sendall(whole[at : at + 16])
            time.sleep(0.02)
        assert answers(sock) == [202]
    assert len(stored(service, "slow")) == 1


def test_a_client_that_has_ended_its_side_is_answered(service: Service) -> None:
    body = json.dumps(event("half closed")).encode()
    with connection(service) as sock:
        sock.sendall(request(body, STRUCTURED, f"Content-Length: {len(body)}"))
        sock.shutdown(socket.SHUT_WR)
        assert answers(sock) == [202]
    assert len(stored(service, "half closed")) == 1


def test_half_an_event_is_none(service: Service) -> None:
    """What has come of it would be a whole event."""
    body = json.dumps(event("torn")).encode()
    with connection(service) as sock:
        sock.sendall(request(body, STRUCTURED, f"Content-Length: {len(body) + 10}"))
        sock.shutdown(socket.SHUT_WR)
        received = b""
        while piece := sock.recv(65_536):
            received += piece
    assert received.startswith(b"HTTP/1.1 400 ")
    with connection(service) as sock:
        chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n"
        sock.sendall(request(chunk, STRUCTURED, "Transfer-Encoding: chunked"))
    time.sleep(0.5)
    assert stored(service, "torn") == []


@pytest.mark.parametrize("mode", ["structured", "0.3", "binary"])
def test_an_event_as_deep_as_it_may_be_gets_through(service: Service, mode: str) -> None:
    """To the log of CDEvents and over the projections, each of which reads it again."""
    document = deployed()
    document["context"]["id"] = f"deep {mode}"
    levels = 512 - 3  # the event, the CDEvent in it, and its customData
    deep = b"[" * levels + b"]" * levels
    data = json.dumps({**document, "customData": {"deep": 0}}).encode()
    data = data.replace(b'{"deep": 0}', b'{"deep": ' + deep + b"}")
    attributes = attributes_of(document)
    if mode == "binary":
        headers = {f"ce-{name}": quote(value) for name, value in attributes.items()}
        headers["content-type"] = headers.pop("ce-datacontenttype")
    else:
        attributes["specversion"] = "0.3" if mode == "0.3" else "1.0"
        data = json.dumps(attributes).encode()[:-1] + b', "data": ' + data + b"}"
        headers = {"content-type": "application/cloudevents+json"}
    assert service.request("POST", "/cdevents", data, headers).status == 202
    service.settle()
    recorded = service.get("/v1/events/cdevents", limit=1000).body
    assert f'"deep {mode}"'.encode() in recorded
    assert all(item["parked"] == 0 for item in service.get("/v1/projections").json["items"])
