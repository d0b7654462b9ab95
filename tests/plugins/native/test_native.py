"""What the conformance suite cannot know of the way in for CDEvents: secrets, modes, faults."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidCDEvent, InvalidInput, WebhookRefused
from streamgauge.settings import Settings
from streamgauge.sources.captured import read_cases
from streamgauge_native import receivers
from tests.plugins.runs import delivery, offline, told

CASES = {case.name: case.deliveries for case in read_cases(Path(__file__).parent / "cases")}
[FINISHED] = CASES["binary-of-testkube-finished"]
[GO] = CASES["binary-that-deviates-as-the-go-sdk-does"]


def receive(request: WebhookRequest, **settings: Any) -> int:
    given = {"plugins": {"native": {"secret": ["new", "old"]}}, **settings}
    [receiver] = receivers(Settings(**given))
    return len(receiver.receive(request))


def showing(header: str) -> WebhookRequest:
    return dataclasses.replace(FINISHED, headers={**FINISHED.headers, "authorization": header})


@pytest.mark.parametrize("secret", ["new", "old"])
def test_the_secret_is_shown_in_any_way_that_a_sender_has(secret: str) -> None:
    password = base64.b64encode(f"anybody:{secret}".encode()).decode()
    assert receive(showing(f"Bearer {secret}")) == 1
    assert receive(showing(f"Basic {password}")) == 1
    assert receive(showing(secret)) == 1
    assert receive(dataclasses.replace(FINISHED, query={"secret": secret})) == 1


@pytest.mark.parametrize("header", ["Bearer wrong", "Basic d3Jvbmc=", "", "Bearer"])
def test_no_other_secret_opens(header: str) -> None:
    with pytest.raises(WebhookRefused):
        receive(showing(header))


def test_the_mode_is_that_of_the_whole_service() -> None:
    request = dataclasses.replace(GO, query={"secret": "new"})
    assert receive(request) == 1
    with pytest.raises(InvalidCDEvent) as caught:
        receive(request, cdevents_mode="strict")
    assert caught.value.where == "time"


def test_what_deviates_is_recorded_as_its_cdevent_demands() -> None:
    [event] = offline("native", allow_unsigned=True).receive("native", GO)
    document = json.loads(event.state)
    assert document["time"] == "2026-03-01T12:05:00Z"
    assert "12:05:01.5" in document["cdeventsdeviations"]


def test_a_fault_is_refused_with_its_place() -> None:
    data = json.loads(FINISHED.body)
    del data["subject"]["content"]["outcome"]
    request = dataclasses.replace(FINISHED, body=json.dumps(data).encode())
    with pytest.raises(InvalidCDEvent, match="outcome") as caught:
        offline("native", allow_unsigned=True).receive("native", request)
    assert caught.value.where.startswith("/subject/content")


def test_one_fault_refuses_a_batch_and_tells_which() -> None:
    [batch] = CASES["batch-of-several-releases"]
    events = json.loads(batch.body)
    events[1]["data"]["context"]["timestamp"] = "yesterday"
    request = dataclasses.replace(batch, body=json.dumps(events).encode())
    with pytest.raises(InvalidInput) as caught:
        offline("native", allow_unsigned=True).receive("native", request)
    assert caught.value.where == "/1/data/context/timestamp"


def test_a_cdevent_without_a_cloudevent_gets_one() -> None:
    run = offline("native", allow_unsigned=True)
    [alone] = run.receive("native", delivery(json.loads(FINISHED.body)))
    [around] = run.receive("native", FINISHED)
    assert (alone.id, alone.source, alone.type) == (around.id, around.source, around.type)


@pytest.mark.parametrize("document", [{"context": {}}, {"context": 1}, {"context": {"id": "x"}}])
def test_what_lacks_the_attributes_of_one_is_refused(document: Any) -> None:
    with pytest.raises(InvalidCDEvent, match="a CDEvent needs context/id"):
        offline("native", allow_unsigned=True).receive("native", delivery(document))


def test_a_cloudevent_that_is_no_cdevent_is_refused() -> None:
    headers = {**FINISHED.headers, "ce-type": "com.example.lamp"}
    with pytest.raises(InvalidCDEvent) as caught:
        offline("native", allow_unsigned=True).receive(
            "native", dataclasses.replace(FINISHED, headers=headers)
        )
    assert caught.value.where == "/context/type"


@pytest.mark.parametrize("name", sorted(CASES))
def test_it_is_one_event_whichever_way_it_comes(name: str) -> None:
    run = offline("native", allow_unsigned=True)
    made = told(run, "native", *CASES[name])
    assert made
    if name == "bare":  # which the other door refuses
        return
    assert told(run, "cloudevents", *CASES[name]) == []
