"""CDEvents from senders with secrets, against the real service: Testkube, Spinnaker, anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamgauge import WebhookRequest
from streamgauge.cdevents import kind_of
from streamgauge.sources.captured import read_cases
from tests.conftest import fresh_database
from tests.service import Answer, Service

PLUGINS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def guarded(server_url: str) -> Iterator[Service]:
    environ = {
        "STREAMGAUGE_INGEST_TOKENS": "t" * 40,  # which nobody here has
        "STREAMGAUGE_OPEN": "read",
        "STREAMGAUGE_NATIVE_SECRET": "lantern",
        "STREAMGAUGE_SPINNAKER_SECRET": "wheel",
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def cases(plugin: str) -> dict[str, tuple[WebhookRequest, ...]]:
    return {case.name: case.deliveries for case in read_cases(PLUGINS / plugin / "cases")}


def send(service: Service, path: str, delivery: WebhookRequest) -> Answer:
    return service.request("POST", path, delivery.body, dict(delivery.headers))


def recorded(service: Service) -> list[dict[str, Any]]:
    service.settle()
    items = service.get("/v1/events/cdevents", limit=1000).json["items"]
    return [item["event"] for item in items]


def test_cdevents_come_in_with_a_secret_and_no_token(guarded: Service) -> None:
    for deliveries in cases("native").values():
        assert send(guarded, "/webhooks/native?secret=lantern", deliveries[0]).status == 202
    found = {kind_of(event["context"]["type"]) for event in recorded(guarded)}
    assert {"testcaserun.queued", "testcaserun.finished", "service.deployed"} <= found
    frequency = guarded.get(
        "/v1/metrics/deployment_frequency",
        service="shop",
        **{"from": "2026-03-01", "to": "2026-03-02", "interval": "day"},
    )
    assert [bucket["volume"] for bucket in frequency.json["buckets"]] == [1]


def test_without_it_they_do_not(guarded: Service) -> None:
    [delivery] = cases("native")["structured-of-today"]
    for path in ("/webhooks/native", "/webhooks/native?secret=wheel"):
        assert send(guarded, path, delivery).status == 403
    assert send(guarded, "/cdevents", delivery).status == 401


def test_what_is_wrong_is_told_with_its_place(guarded: Service) -> None:
    [delivery] = cases("native")["structured-of-today"]
    data = json.loads(delivery.body)
    data["data"]["subject"]["content"]["outcome"] = "perhaps"
    request = WebhookRequest(delivery.headers, json.dumps(data).encode(), {})
    answer = send(guarded, "/webhooks/native?secret=lantern", request)
    assert (answer.status, answer.json["where"]) == (400, "/subject/content/outcome")


def test_spinnaker_shows_its_secret_in_the_path(guarded: Service) -> None:
    [delivery] = cases("spinnaker")["cdevent-structured-in-a-text"]
    assert send(guarded, "/spinnaker/lantern", delivery).status == 403
    assert send(guarded, "/spinnaker/wheel", delivery).status == 202
    again = send(guarded, "/webhooks/spinnaker?secret=wheel", delivery)
    assert again.headers["streamgauge-duplicates"] == "1"
    runs = [e for e in recorded(guarded) if e["subject"]["id"] == "01HEXECUTION0001"]
    assert [kind_of(event["context"]["type"]) for event in runs] == ["pipelinerun.finished"]


def test_echos_own_events_deploy(guarded: Service) -> None:
    for delivery in cases("spinnaker")["deployments-of-manifests"]:
        assert send(guarded, "/webhooks/spinnaker?secret=wheel", delivery).status == 202
    kinds = [
        kind_of(event["context"]["type"])
        for event in recorded(guarded)
        if event["subject"]["id"] == "shop" and "account" in event.get("customData", {})
    ]
    assert kinds == [
        "service.deployed",
        "service.upgraded",
        "dev.cdeventsx.streamgauge-deployment.failed",
        "service.rolledback",
        "service.deployed",
    ]


def test_nothing_was_parked(guarded: Service) -> None:
    guarded.settle()
    items = guarded.get("/v1/projections").json["items"]
    assert {item["parked"] for item in items} == {0}
