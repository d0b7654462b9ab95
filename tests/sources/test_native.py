"""CDEvents from a tool that can show a secret but none of our tokens."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from streamgauge import WebhookRequest, cdevents
from streamgauge.cloudevents import http_binding
from streamgauge.cloudevents.recorded import take_apart
from streamgauge.errors import InvalidCDEvent, InvalidInput, WebhookRefused
from streamgauge.sources import CDEventsReceiver, Secrets, SharedSecret

SECRET = "an invented secret"


def deployed(number: int, **more: Any) -> cdevents.CDEvent:
    return cdevents.service.deployed(
        id=f"d{number}",
        source="https://ci.example",
        timestamp=datetime(2026, 3, 1, 12, number, tzinfo=UTC),
        subject_id="shop",
        environment="production",
        artifact_id="pkg:oci/shop@sha256:4a2f",
        **more,
    )


def receiver(mode: cdevents.Mode = cdevents.Mode.COMPAT) -> CDEventsReceiver:
    check = SharedSecret(Secrets("native", (SECRET.encode(),)))
    return CDEventsReceiver("native", check, cdevents.Binding(mode))


def request(headers: Any, body: bytes, secret: str | None = SECRET) -> WebhookRequest:
    return WebhookRequest(dict(headers), body, {} if secret is None else {"secret": secret})


def batch(*states: bytes) -> WebhookRequest:
    return request([("content-type", http_binding.BATCH)], b"[" + b",".join(states) + b"]")


@pytest.mark.parametrize("mode", [http_binding.binary, http_binding.structured])
def test_any_mode_records_what_was_sent(mode: Any) -> None:
    event = cdevents.in_cloudevent(deployed(1))
    assert receiver().receive(request(*mode(event.state))) == [event]


def test_a_batch_is_taken_whole() -> None:
    events = [cdevents.in_cloudevent(deployed(number)) for number in range(3)]
    assert receiver().receive(batch(*(each.state for each in events))) == events


def test_what_deviates_is_noted_and_put_right() -> None:
    headers, body = http_binding.binary(cdevents.in_cloudevent(deployed(1)).state)
    sent = {**dict(headers), "ce-id": "another", "ce-time": "2026-03-01T13:00:00Z"}
    [event] = receiver().receive(request(sent, body))
    attributes = take_apart(event.state).attributes
    assert (event.id, attributes["time"]) == ("d1", "2026-03-01T12:01:00Z")
    assert "another" in str(attributes["cdeventsdeviations"])


def test_strict_mode_refuses_what_deviates() -> None:
    headers, body = http_binding.binary(cdevents.in_cloudevent(deployed(1)).state)
    sent = {**dict(headers), "ce-id": "another"}
    with pytest.raises(InvalidCDEvent) as caught:
        receiver(cdevents.Mode.STRICT).receive(request(sent, body))
    assert caught.value.where == "id"


def test_the_place_of_a_fault_in_a_batch_is_told() -> None:
    good = cdevents.in_cloudevent(deployed(1)).state
    document = json.loads(good)
    del document["data"]["subject"]["content"]["artifactId"]
    with pytest.raises(InvalidInput) as caught:
        receiver().receive(batch(good, json.dumps(document).encode()))
    assert caught.value.where == "/1/data/subject/content/artifactId"


@pytest.mark.parametrize("secret", [None, "wrong"])
def test_the_secret_comes_before_the_body(secret: str | None) -> None:
    with pytest.raises(WebhookRefused):
        receiver().receive(request({}, b"no JSON", secret))
