"""POST /cdevents over a socket: both modes, what is recorded, what is noted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from streamgauge import json_codec
from streamgauge.cdevents import attributes_of
from streamgauge.cloudevents.event import compose
from streamgauge.cloudevents.http_binding import binary, structured
from tests.cdevents.events import deployed
from tests.conftest import fresh_database
from tests.service import Service
from tests.shared import SHARED, needs_shared

STRUCTURED = {"content-type": "application/cloudevents+json"}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def strict(server_url: str) -> Iterator[Service]:
    with (
        fresh_database(server_url) as url,
        Service.running(url, environ={"STREAMGAUGE_CDEVENTS_MODE": "strict"}) as running,
    ):
        yield running


def a_cdevent(name: str, **context: str) -> Json:
    document = deployed()
    document["context"] |= {"id": name, **context}
    return document


def send(service: Service, document: Json, path: str = "/cdevents", **others: Any) -> Any:
    attributes = {**attributes_of(document), **others}
    body = {**{k: v for k, v in attributes.items() if v is not None}, "data": document}
    return service.request("POST", path, json.dumps(body).encode(), STRUCTURED)


def recorded(service: Service, log: str = "cloudevents") -> list[Json]:
    items = service.get(f"/v1/events/{log}", limit=1000).json["items"]
    return [item["event"] for item in items]


def test_one_that_is_as_it_should_be_is_kept_to_the_byte(service: Service) -> None:
    document = json_codec.encode(a_cdevent("exact"))
    attributes = attributes_of(a_cdevent("exact"))
    body = b' { "data" : ' + document + b" , " + json.dumps(attributes)[1:].encode()
    answer = service.request("POST", "/cdevents", body, STRUCTURED)
    assert (answer.status, answer.headers["streamgauge-deviating"]) == (202, "0")
    assert body.strip() in service.get("/v1/events/cloudevents", limit=1000).body


def test_what_deviates_is_corrected_and_noted(service: Service) -> None:
    document = a_cdevent("java", chainId="chain")
    others = {"id": "b2f6", "time": "2026-11-24T18:00:00Z", "subject": None, "ext": "kept"}
    answer = send(service, document, **others)
    assert (answer.status, answer.headers["streamgauge-deviating"]) == (202, "1")
    (event,) = [e for e in recorded(service) if e["id"] == "java"]
    assert {name: event[name] for name in attributes_of(document)} == attributes_of(document)
    assert (event["data"], event["ext"]) == (document, "kept")
    # In this form docs/stages/gate.md shows it.
    assert json.loads(event["cdeventsdeviations"]) == [
        {"rule": "chainid"},
        {"rule": "id", "received": "b2f6"},
        {"rule": "subject"},
        {"rule": "time", "received": "2026-11-24T18:00:00Z"},
    ]


def test_it_is_one_event_however_it_deviates(service: Service) -> None:
    document = a_cdevent("once")
    for others in ({"id": "1"}, {"id": "2", "subject": None}, {}, {"time": None}):
        answer = send(service, document, **others)
        assert answer.status == 202
    assert answer.headers["streamgauge-duplicates"] == "1"
    assert [e["id"] for e in recorded(service)].count("once") == 1


def test_it_is_one_event_whatever_mode_and_door_it_comes_by(service: Service) -> None:
    document = a_cdevent("doors")
    data = json_codec.encode(document)
    attributes = attributes_of(document)
    named = {f"ce-{name}": value for name, value in attributes.items()}
    del named["ce-datacontenttype"]
    for path, time, kind in (
        ("/cdevents", None, "application/json"),
        ("/cdevents", None, "application/json; charset=utf-8"),
        ("/cdevents", "2026-11-24T18:00:00Z", "application/json"),
        ("/", "2026-11-24T18:00:01Z", "application/json"),
        ("/", None, "application/json"),
    ):
        headers = {**named, "content-type": kind, **({"ce-time": time} if time else {})}
        answer = service.request("POST", path, data, headers)
        assert answer.status == 202
    assert send(service, document, datacontenttype=None).status == 202
    assert [e["id"] for e in recorded(service)].count("doors") == 1


def test_what_a_sender_notes_itself_says_nothing(service: Service) -> None:
    answer = send(service, a_cdevent("forged"), cdeventsdeviations='[{"rule":"bogus"}]')
    assert (answer.status, answer.headers["streamgauge-deviating"]) == (202, "0")
    (event,) = [e for e in recorded(service) if e["id"] == "forged"]
    assert "cdeventsdeviations" not in event


@pytest.mark.parametrize("timestamp", ["2026-03-01T1+:30:00Z", "2026-03-01T12:30:00+01:0."])
def test_a_timestamp_that_the_validator_would_take(service: Service, timestamp: str) -> None:
    answer = send(service, a_cdevent("odd", timestamp=timestamp), time="2026-03-01T12:30:00Z")
    assert (answer.status, answer.json["where"]) == (400, "/context/timestamp")


def test_a_newer_version_is_kept_and_parked(service: Service) -> None:
    document = a_cdevent("newer", type="dev.cdevents.service.deployed.0.9.0")
    answer = send(service, document)
    assert (answer.status, answer.headers["streamgauge-deviating"]) == (202, "1")
    (event,) = [e for e in recorded(service) if e["id"] == "newer"]
    assert json.loads(event["cdeventsdeviations"]) == [{"rule": "version"}]
    service.settle()
    assert "newer" not in [e["context"]["id"] for e in recorded(service, "cdevents")]
    router = next(
        i for i in service.get("/v1/projections").json["items"] if i["reads"] == "cloudevents"
    )
    assert router["parked"] == 1


@pytest.mark.parametrize(
    ("others", "where"),
    [
        ({"time": None}, "time"),
        ({"subject": "other"}, "subject"),
        ({"id": "other"}, "id"),
        ({"datacontenttype": "text/json"}, "datacontenttype"),
    ],
)
def test_strict_refuses_it(strict: Service, others: Json, where: str) -> None:
    document = a_cdevent("strict")
    answer = send(strict, document, **others)
    assert (answer.status, answer.json["type"]) == (400, "/problems/invalid-cdevent")
    assert answer.json["where"] == where
    batch = [{**attributes_of(document), "data": document}]
    batch.append({k: v for k, v in {**batch[0], **others, "id": "2"}.items() if v is not None})
    kind = {"content-type": "application/cloudevents-batch+json"}
    answer = strict.request("POST", "/cdevents", json.dumps(batch).encode(), kind)
    assert answer.status == 400
    assert answer.json["where"].startswith("/1/")


@pytest.mark.parametrize(
    ("context", "where"),
    [
        ({"chainId": "chain"}, "/context/chainId"),
        ({"specversion": "0.4.1"}, "/context/specversion"),
        ({"type": "dev.cdevents.service.deployed.0.9.0"}, "/context/type"),
    ],
)
def test_strict_holds_the_prose(strict: Service, context: Json, where: str) -> None:
    answer = send(strict, a_cdevent("prose", **context))
    assert (answer.status, answer.json["where"]) == (400, where)


def test_strict_parks_what_came_in_at_the_front(strict: Service) -> None:
    """At `/` an event is a CloudEvent like any other, and kept; the router is strict with it."""
    assert send(strict, a_cdevent("good"), "/").status == 202
    assert send(strict, a_cdevent("bad"), "/", subject=None).status == 202
    strict.settle()
    assert [e["id"] for e in recorded(strict)] == ["good", "bad"]
    assert [e["context"]["id"] for e in recorded(strict, "cdevents")] == ["good"]


def conformance_files() -> list[Any]:
    folder = SHARED / "cdevents/conformance"
    return [
        pytest.param(path, id=f"{release}-{path.stem}")
        for release in ("0.2.0", "0.3.0", "0.4.1", "0.5.1")
        for path in sorted((folder / release).rglob("*.json"))
    ]


@needs_shared
@pytest.mark.parametrize("mode", ["structured", "binary"])
@pytest.mark.parametrize("path", conformance_files())
def test_each_official_file_is_accepted(service: Service, path: Path, mode: str) -> None:
    document = json.loads(path.read_bytes())
    document["context"]["id"] = f"{path}-{mode}"
    data = json.dumps(document, indent=1).encode()
    state = compose(dict(attributes_of(document)), data).event.state
    headers, body = {"structured": structured, "binary": binary}[mode](state)
    named: Mapping[str, str] = dict(headers)
    answer = service.request("POST", "/cdevents", body, named)
    assert answer.status == 202, answer.body
    assert answer.headers["streamgauge-accepted"] == "1"
    assert answer.headers["streamgauge-deviating"] == "0"


@needs_shared
def test_there_are_official_files() -> None:
    assert len(conformance_files()) == 167
