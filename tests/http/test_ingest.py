"""Events in, over a socket, in every mode; 202 only after the commit."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest

from streamgauge import json_codec, new_event
from streamgauge.cdevents import in_cloudevent
from tests.helpers import a_deployment, an_event
from tests.service import Service

BINARY = {
    "ce-specversion": "1.0",
    "ce-id": "binary-1",
    "ce-source": "/binary",
    "ce-type": "com.example.thing",
    "content-type": "application/json; charset=utf-8",
}


def stored(service: Service, source: str) -> list[dict[str, Any]]:
    """The events of one source, through the API, by following its pages."""
    found: list[dict[str, Any]] = []
    path: str | None = "/v1/events/cloudevents?limit=1000"
    while path:
        page = service.request("GET", path).json
        found += [i["event"] for i in page["items"] if i["event"]["source"] == source]
        path = page["next"]
    return found


@pytest.mark.parametrize("path", ["/", "/cloudevents"])
def test_binary_mode(service: Service, path: str) -> None:
    headers = {**BINARY, "ce-id": path, "ce-subject": "Z%C3%BCrich %22quoted%22", "ce-ext": "x"}
    sent = service.request("POST", path, b'{"a": [1, null, "\\u00fc"]}', headers)
    assert (sent.status, sent.body) == (202, b"")
    assert sent.headers["streamgauge-accepted"] == "1"
    (event,) = [e for e in stored(service, "/binary") if e["id"] == path]
    assert event == {
        "specversion": "1.0",
        "id": path,
        "source": "/binary",
        "type": "com.example.thing",
        "subject": 'Zürich "quoted"',
        "ext": "x",
        "datacontenttype": "application/json; charset=utf-8",
        "data": {"a": [1, None, "ü"]},
    }


def test_binary_mode_with_text_and_bytes_and_nothing(service: Service) -> None:
    for number, (kind, body) in enumerate(
        [("text/plain", "grüß".encode()), ("image/png", b"\x89PNG\xff"), (None, b"")]
    ):
        headers = {**BINARY, "ce-id": f"{number}", "ce-source": "/kinds"}
        headers.pop("content-type")
        if kind:
            headers["content-type"] = kind
        assert service.request("POST", "/", body, headers).status == 202
    text, image, nothing = stored(service, "/kinds")
    assert text["data"] == "grüß"
    assert image["data_base64"] == "iVBOR/8="
    assert "data" not in nothing
    assert "datacontenttype" not in nothing


def test_structured_mode_keeps_the_bytes(service: Service) -> None:
    body = (
        b'{ "type":"t","source":"/kept","id":"1",\n "specversion":"1.0", "subject":null,'
        b' "data": 1.10 }'
    )
    sent = service.post("/", body, content_type="application/cloudevents+json; charset=UTF-8")
    assert sent.status == 202
    raw = service.get("/v1/events/cloudevents", limit=1000).body
    assert body in raw


def test_a_batch_is_one_request(service: Service) -> None:
    events = [new_event(id=f"{n}", source="/batch", type="t", data=n) for n in range(250)]
    sent = service.send_batch(events)
    assert (sent.status, sent.headers["streamgauge-accepted"]) == (202, "250")
    again = service.send_batch([*events, an_event(777)])
    assert again.headers["streamgauge-duplicates"] == "250"
    assert again.headers["streamgauge-accepted"] == "1"
    assert [e["data"] for e in stored(service, "/batch")] == list(range(250))


def test_an_empty_batch_is_accepted(service: Service) -> None:
    assert service.send_batch([]).status == 202


def test_a_bad_event_in_a_batch_refuses_all_of_it(service: Service) -> None:
    body = b'[{"specversion":"1.0","id":"1","source":"/half","type":"t"},{"id":"2"}]'
    sent = service.post("/", body, content_type="application/cloudevents-batch+json")
    assert (sent.status, sent.json["where"]) == (400, "/1/specversion")
    assert stored(service, "/half") == []


def test_a_conflict_is_told_and_the_rest_of_the_batch_is_kept(service: Service) -> None:
    def event(name: str, data: int) -> Any:
        return new_event(id=name, source="/conflict", type="t", data=data)

    assert service.send(event("a", 1)).status == 202
    single = service.send(event("a", 2))
    assert (single.status, single.json["type"]) == (409, "/problems/conflict")
    batch = service.send_batch([event("b", 1), event("a", 3), event("a", 1)])
    assert batch.status == 409
    assert batch.json["conflicts"] == [{"index": 1, "source": "/conflict", "id": "a"}]
    assert (batch.json["accepted"], batch.json["duplicates"]) == (1, 1)
    assert [e["data"] for e in stored(service, "/conflict")] == [1, 1]


def test_sixteen_clients_and_their_redeliveries(service: Service) -> None:
    """640 distinct events, each sent three times by sixteen clients at once."""
    events = [new_event(id=f"{n}", source="/sixteen", type="t", data={"n": n}) for n in range(640)]
    statuses: Counter[int] = Counter()
    acknowledged: set[str] = set()
    lock = threading.Lock()

    def client(number: int) -> None:
        mine = events[number * 40 : number * 40 + 40]
        redelivered = events[number * 40 + 20 : number * 40 + 60] + mine
        for event in [*mine, *redelivered]:
            answer = service.send(event)
            with lock:
                statuses[answer.status] += 1
                if answer.status == 202:
                    acknowledged.add(event.id)

    threads = [threading.Thread(target=client, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {202}
    assert len(acknowledged) == 640
    assert Counter(e["id"] for e in stored(service, "/sixteen")) == dict.fromkeys(acknowledged, 1)


def test_a_cdevent_passes_the_gate_and_is_recorded_as_itself(service: Service) -> None:
    event = a_deployment(1, service="gate")
    sent = service.send(in_cloudevent(event), "/cdevents")
    assert sent.status == 202
    service.settle()
    items = service.get("/v1/events/cdevents", limit=1000).json["items"]
    assert [i["event"] for i in items if i["event"]["subject"]["id"] == "gate"] == [event.document]


def test_what_the_go_sdk_sends_is_the_same_event_each_time(service: Service) -> None:
    """Its CloudEvents have a time of their own and may lack the subject."""
    event = a_deployment(2, service="go")
    for time in ("2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z"):
        headers = {
            "ce-specversion": "1.0",
            "ce-id": event.id,
            "ce-source": event.source,
            "ce-type": event.type,
            "ce-time": time,
            "content-type": "application/json",
        }
        body = json_codec.encode(event.document)
        assert service.request("POST", "/cdevents", body, headers).status == 202
    found = [e for e in stored(service, "/test") if e["id"] == event.id]
    assert [(e["time"], e["subject"]) for e in found] == [
        (event.document["context"]["timestamp"], "go")
    ]


def test_an_invalid_cdevent_is_refused_with_the_place(service: Service) -> None:
    event = a_deployment(3)
    subject = {**event.document["subject"], "content": {"artifactId": "x"}}
    bad = type(event)({**event.document, "subject": subject})
    sent = service.send(in_cloudevent(bad), "/cdevents")
    assert (sent.status, sent.json["type"]) == (400, "/problems/invalid-cdevent")
    assert sent.json["where"] == "/subject/content/environment"
    batch = service.send_batch([in_cloudevent(event), in_cloudevent(bad)], "/cdevents")
    assert (batch.status, batch.json["where"]) == (400, "/1/data/subject/content/environment")


def test_a_cdevent_under_another_name_is_refused(service: Service) -> None:
    event = a_deployment(4)
    other = new_event(id=event.id, source="/other", type=event.type, data=dict(event.document))
    sent = service.send(other, "/cdevents")
    assert (sent.status, sent.json["where"]) == (400, "/context/source")
    assert service.send(an_event(4), "/cdevents").status == 400
