"""Each bad request has its documented 4xx with a reason; nothing is stored, nothing is a 5xx."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge.cdevents import attributes_of
from tests.cdevents.events import deployed
from tests.service import Service

ROOT = Path(__file__).parents[2]
PROBLEMS = (ROOT / "docs/reference/problems.md").read_text()
STRUCTURED = {"content-type": "application/cloudevents+json"}
JSON_TYPE = {"content-type": "application/json"}
JSON = {"datacontenttype": "application/json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
BINARY = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/bad",
    "ce-type": "t",
    "content-type": "application/json",
}
GOOD = b'{"specversion":"1.0","id":"1","source":"/bad","type":"t"}'


def event(**members: Any) -> bytes:
    document = {**json.loads(GOOD), **members}
    return json.dumps({k: v for k, v in document.items() if v != "absent"}).encode()


@pytest.fixture(autouse=True)
def _nothing_is_stored(service: Service) -> Iterator[None]:
    yield
    assert service.get("/v1/events/cloudevents").json["items"] == []


def check(answer: Any, status: int, slug: str, where: str = "") -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json
    assert (answer.status, problem["type"]) == (status, f"/problems/{slug}")
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem.get("where", "") == where
    assert f"`{slug}`" in PROBLEMS, "every problem is documented"


CASES: list[tuple[str, bytes, Mapping[str, str], int, str, str]] = [
    ("not JSON", b"{", STRUCTURED, 400, "invalid-cloudevent", ""),
    ("empty", b"", STRUCTURED, 400, "invalid-cloudevent", ""),
    ("not an object", b"[]", STRUCTURED, 400, "invalid-cloudevent", ""),
    ("not UTF-8", b'{"id":"\xff"}', STRUCTURED, 400, "invalid-cloudevent", ""),
    ("UTF-16", GOOD.decode().encode("utf-16"), STRUCTURED, 400, "invalid-cloudevent", ""),
    ("lone surrogate", event(subject="\ud800"), STRUCTURED, 400, "invalid-cloudevent", ""),
    ("deep", b"[" * 100_000, STRUCTURED, 400, "invalid-cloudevent", ""),
    ("byte order mark", b"\xef\xbb\xbf" + GOOD, STRUCTURED, 400, "invalid-cloudevent", ""),
    ("UTF-16", GOOD.decode().encode("utf-16-le"), STRUCTURED, 400, "invalid-cloudevent", ""),
    ("beyond a double", GOOD[:-1] + b',"data":1e400}', STRUCTURED, 400, "invalid-cloudevent", ""),
    ("5,000 digits", GOOD[:-1] + b',"data":' + b"1" * 5000 + b"}", STRUCTURED, 400,
     "invalid-cloudevent", ""),
    ("binary, a header of data", b"{}", {**BINARY, "ce-data": "x"}, 400, "invalid-cloudevent",
     "ce-data"),
    ("NaN", b'{"a":NaN}', STRUCTURED, 400, "invalid-cloudevent", ""),
    ("no id", event(id="absent"), STRUCTURED, 400, "invalid-cloudevent", "id"),
    ("null id", event(id=None), STRUCTURED, 400, "invalid-cloudevent", "id"),
    ("empty id", event(id=""), STRUCTURED, 400, "invalid-cloudevent", "id"),
    ("numeric id", event(id=7), STRUCTURED, 400, "invalid-cloudevent", "id"),
    ("NUL in id", event(id="a\0"), STRUCTURED, 400, "invalid-cloudevent", "id"),
    ("source", event(source="a b"), STRUCTURED, 400, "invalid-cloudevent", "source"),
    ("version", event(specversion="0.2"), STRUCTURED, 400, "invalid-cloudevent", "specversion"),
    ("time", event(time="yesterday"), STRUCTURED, 400, "invalid-cloudevent", "time"),
    ("no such day", event(time="2026-02-30T00:00:00Z"), STRUCTURED, 400, "invalid-cloudevent",
     "time"),
    ("extension name", event(Ext="x"), STRUCTURED, 400, "invalid-cloudevent", "Ext"),
    ("extension object", event(ext={}), STRUCTURED, 400, "invalid-cloudevent", "ext"),
    ("extension float", event(ext=1.5), STRUCTURED, 400, "invalid-cloudevent", "ext"),
    ("extension size", event(ext=2**31), STRUCTURED, 400, "invalid-cloudevent", "ext"),
    ("both data", event(data=1, data_base64="AA=="), STRUCTURED, 400, "invalid-cloudevent",
     "data_base64"),
    ("base64", event(data_base64="!"), STRUCTURED, 400, "invalid-cloudevent", "data_base64"),
    ("data is text", event(data={}, datacontenttype="text/xml"), STRUCTURED, 400,
     "invalid-cloudevent", "data"),
    ("batch", b"{}", BATCH, 400, "invalid-cloudevent", ""),
    ("batch of rubbish", b"[1]", BATCH, 400, "invalid-cloudevent", "/0"),
    ("batch not UTF-8", b'["\xff"]', BATCH, 400, "invalid-cloudevent", "/0"),
    ("avro", GOOD, {"content-type": "application/cloudevents+avro"}, 415,
     "unsupported-media-type", "content-type"),
    ("XML", b"<a/>", {"content-type": "text/xml"}, 415, "unsupported-media-type", "content-type"),
    ("form", b"a=b", {"content-type": "application/x-www-form-urlencoded"}, 415,
     "unsupported-media-type", "content-type"),
    ("JSON, no event", b"{}", {"content-type": "application/json"}, 400, "invalid-cloudevent",
     "ce-specversion"),
    ("binary, bad JSON", b"{", BINARY, 400, "invalid-cloudevent", "body"),
    ("binary, no id", b"{}", {**BINARY, "ce-id": ""}, 400, "invalid-cloudevent", "ce-id"),
    ("binary, bad escape", b"{}", {**BINARY, "ce-subject": "%C0%A0"}, 400, "invalid-cloudevent",
     "ce-subject"),
    ("binary, raw UTF-8", b"{}", {**BINARY, "ce-subject": "\xfc"}, 400, "invalid-cloudevent",
     "ce-subject"),
    ("gzip", GOOD, {**STRUCTURED, "content-encoding": "gzip"}, 415, "unsupported-media-type",
     "content-encoding"),
    ("binary, content type", b"{}", {**BINARY, "ce-datacontenttype": "a/b"}, 400,
     "invalid-cloudevent", "ce-datacontenttype"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "headers", "status", "slug", "where"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_bad_event(
    service: Service, body: bytes, headers: Mapping[str, str], status: int, slug: str, where: str
) -> None:
    for path in ("/", "/cloudevents", "/cdevents"):
        check(service.request("POST", path, body, headers), status, slug, where)


@pytest.mark.parametrize("name", ["ce-id", "ce-source", "ce-ext"])
def test_an_attribute_that_is_given_twice(service: Service, name: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    connection.putrequest("POST", "/")
    for header, value in {**BINARY, "ce-ext": "1", "content-length": "2"}.items():
        connection.putheader(header, value)
    connection.putheader(name, "another")
    connection.endheaders(b"{}")
    response = connection.getresponse()
    problem = json.loads(response.read())
    connection.close()
    assert (response.status, problem["type"]) == (400, "/problems/invalid-cloudevent")
    assert problem["where"] == name


def test_a_method_that_is_none(service: Service) -> None:
    check(service.request("FOO", "/"), 400, "malformed-request")


def test_over_the_size_limit(server_url: str) -> None:
    from tests.conftest import fresh_database

    limits = {"STREAMGAUGE_MAX_EVENT_BYTES": "65536", "STREAMGAUGE_MAX_BATCH_BYTES": "100000"}
    with fresh_database(server_url) as url, Service.running(url, environ=limits) as small:
        big = event(data="x" * 65_536)
        check(small.post("/", big, **{"content-type": STRUCTURED["content-type"]}), 413,
              "body-too-large")  # fmt: skip
        check(small.request("POST", "/", b"x" * 70_000, BINARY), 413, "body-too-large")
        check(small.request("POST", "/webhooks/github", b"x" * 70_000, {}), 413, "body-too-large")
        check(small.request("POST", "/", b"[" + big + b"]", BATCH), 413, "body-too-large", "/0")
        check(small.request("POST", "/", b"[" + b" " * 100_000 + b"]", BATCH), 413,
              "body-too-large")  # fmt: skip
        assert small.get("/v1/events/cloudevents").json["items"] == []
        fits = event(data="x" * (65_536 - len(event(data=""))))
        assert len(fits) == 65_536
        assert small.request("POST", "/", fits, STRUCTURED).status == 202


def test_too_many_events_in_a_batch(service: Service) -> None:
    body = b"[" + b",".join([GOOD] * 10_001) + b"]"
    check(service.request("POST", "/", body, BATCH), 413, "batch-too-large")


def test_a_bad_event_in_a_chunked_body(service: Service) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("POST", "/", iter([b'{"spec', b'version"']), STRUCTURED, encode_chunked=True)
    response = connection.getresponse()
    problem = json.loads(response.read())
    connection.close()
    assert (response.status, problem["type"]) == (400, "/problems/invalid-cloudevent")


def test_a_two_megabyte_header(service: Service) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nce-subject: " + b"x" * 2_000_000 + b"\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as client:
        client.sendall(head)
        answer = b""
        while piece := client.recv(65_536):
            answer += piece
    status, _, rest = answer.partition(b"\r\n")
    problem = json.loads(rest.partition(b"\r\n\r\n")[2])
    assert status == b"HTTP/1.1 431 Request Header Fields Too Large"
    assert problem["type"] == "/problems/header-too-large"
    assert "`header-too-large`" in PROBLEMS


def test_a_64_kib_attribute_in_a_header_is_no_bad_input(server_url: str) -> None:
    from tests.conftest import fresh_database

    with fresh_database(server_url) as url, Service.running(url) as other:
        headers = {**BINARY, "ce-subject": "x" * 65_536}
        assert other.request("POST", "/", b"{}", headers).status == 202


@pytest.mark.parametrize("version", ["1.0", "0.3"])
@pytest.mark.parametrize("mode", [STRUCTURED, BATCH, {"content-type": "application/json"}, BINARY])
def test_how_deep_an_event_may_be(service: Service, version: str, mode: Mapping[str, str]) -> None:
    """512 levels of objects and arrays; the event itself is one, a batch is not counted."""
    data = b"[" * 512 + b"]" * 512
    structured = b'{"specversion":"' + version.encode() + b'","data":' + data + GOOD[20:-1]
    bodies = {id(BINARY): data, id(BATCH): b"[" + structured + b"}]"}
    body = bodies.get(id(mode), structured + b"}")
    headers = {**mode, "ce-specversion": version} if mode is BINARY else mode
    answer = service.request("POST", "/", body, headers)
    assert (answer.status, answer.json["type"]) == (400, "/problems/invalid-cloudevent")
    assert "nested more than 512 levels deep" in answer.json["detail"]


@pytest.mark.parametrize("version", ["1.0", "0.3"])
@pytest.mark.parametrize("levels", [512, 961, 963, 964, 965, 967])
def test_a_deep_member_that_another_replaces_is_deep(
    service: Service, version: str, levels: int
) -> None:
    deep = b"[" * levels + b"]" * levels
    body = b'{"specversion":"' + version.encode() + b'","data":' + deep + b',"data":1' + GOOD[20:]
    for headers, sent in ((STRUCTURED, body), (BATCH, b"[" + body + b"]"), (JSON_TYPE, body)):
        check(service.request("POST", "/", sent, headers), 400, "invalid-cloudevent", ANY)


@pytest.mark.parametrize(
    ("path", "content_type"), [("/", JSON), ("/cdevents", JSON), ("/cdevents", {})]
)
def test_how_deep_json_in_base64_may_be(
    service: Service, path: str, content_type: dict[str, str]
) -> None:
    """As deep as in any other mode, where it is read as JSON."""
    document = json.dumps({**deployed(), "customData": {"deep": 0}}).encode()
    data = document.replace(b'"deep": 0', b'"deep": ' + b"[" * 510 + b"]" * 510)
    around = {**attributes_of(deployed()), "data_base64": base64.b64encode(data).decode()}
    del around["datacontenttype"]
    body = json.dumps({**around, **content_type}).encode()
    answer = service.request("POST", path, body, STRUCTURED)
    assert answer.status == 400
    assert "nested more than 512 levels deep" in answer.json["detail"]


@pytest.mark.parametrize("path", ["/nope", "/webhooks", "/v1", "/v1/metrics/x/y"])
def test_an_unknown_path(service: Service, path: str) -> None:
    check(service.get(path), 404, "not-found")


def test_unknown_names_are_told_with_the_known(service: Service) -> None:
    answer = service.get("/deploy-frequency/hour")
    check(answer, 404, "not-found")
    assert "day" in answer.json["allowed"]
    answer = service.post("/webhooks/gitbuh", b"{}")
    check(answer, 404, "not-found")
    assert "github" in answer.json["allowed"]


def test_a_method_that_is_not_allowed(service: Service) -> None:
    answer = service.request("DELETE", "/v1/metrics")
    check(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v1/metrics/velocity", "metric"),
        ("/v1/metrics/velocity/explain", "metric"),
        ("/v1/metrics/deployment_frequency?percentile=90", "percentile"),
        ("/v1/metrics/deployment_frequency?tz=Nowhere", "tz"),
        ("/v1/metrics/deployment_frequency?from=2026-01-02&to=2026-01-01", "from"),
        ("/v1/metrics/deployment_frequency?intervall=day", "intervall"),
        ("/v1/metrics/deployment_frequency?service=%ff", ""),
        ("/v1/metrics?x=1", "x"),
        ("/v1/metrics/deployment_frequency?tz=", "tz"),
        ("/v1/metrics/deployment_frequency?interval=hour", "interval"),
        ("/v1/metrics/deployment_frequency?week_start=7", "week_start"),
        ("/v1/metrics/deployment_frequency?percentile=101", "percentile"),
        ("/v1/metrics/deployment_frequency?definition=..%2Fours", "definition"),
        ("/v1/metrics/deployment_frequency?tier=prod", "tier"),
        ("/v1/metrics/deployment_frequency?team=ours", "team"),
        ("/v1/metrics/deployment_frequency?from=1990-01-01&to=2026-01-01", "from"),
        ("/v1/metrics/deployment_frequency?from=9999-12-30&to=9999-12-31&interval=year", "to"),
        ("/v1/events/cloudevents?limit=0", "limit"),
        ("/v1/events/cloudevents?limit=1&limit=2", "limit"),
        ("/v1/events/cloudevents?limit=1001", "limit"),
        ("/v1/events/cloudevents?limit=9999999999999999999999", "limit"),
        ("/v1/events/cdevents?cursor=-1", "cursor"),
        ("/v1/events/cdevents?cursor=%D9%A3", "cursor"),
        ("/v1/events/cdevents?order=up", "order"),
        ("/v1/projections?x", "x"),
        ("/deploy-frequency/day?x=1", "x"),
    ],
)
def test_a_bad_query(service: Service, path: str, where: str) -> None:
    service.settle()  # the worker may be making the first tables still
    check(service.request("GET", path), 400, "invalid-query", where)


HEADER_VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20)


@given(
    path=st.sampled_from(["/", "/cdevents", "/webhooks/github"]),
    kind=st.sampled_from([*STRUCTURED.values(), *BATCH.values(), "application/json", ""]),
    body=st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-16")),
    attributes=st.dictionaries(
        st.sampled_from(["ce-specversion", "ce-id", "ce-type", "ce-time", "x-github-event"]),
        HEADER_VALUES.map(str.strip),
    ),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rubbish_is_refused_politely(
    service: Service, path: str, kind: str, body: bytes, attributes: Mapping[str, str]
) -> None:
    headers = {**attributes, "content-type": kind}
    answer = service.request("POST", path, body, headers)
    assert 400 <= answer.status < 500, answer
    assert answer.json["detail"]
