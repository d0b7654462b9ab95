"""Registries against the real service: an image that is pushed, and deployed by Kubernetes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamgauge import new_event
from tests.conftest import fresh_database
from tests.plugins.kubernetes.builders import deployment
from tests.service import Answer, Service

CASES = Path(__file__).parent.parent
V2 = "application/vnd.docker.distribution.events.v2+json"
SECRET = "shown-in-every-delivery"
COMMIT = "4d5e6f70" * 5
DIGEST = "sha256:" + "1a" * 32
NAMES = ("DISTRIBUTION", "DOCKER_HUB", "HARBOR")


@pytest.fixture(scope="module")
def registries(server_url: str) -> Iterator[Service]:
    environ = {f"STREAMGAUGE_{name}_SECRET": SECRET for name in NAMES}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def post(service: Service, path: str, case: str, **headers: str) -> Answer:
    body = (CASES / f"{case}.json").read_bytes()
    return service.post(f"/webhooks/{path}", body, **headers)


def roll_out(service: Service, name: str, image: str) -> dict[str, Any]:
    """Roll an image out in Kubernetes; what is known of that deployment."""
    event = new_event(
        id=name,
        source="https://10.96.0.1:443",
        type="dev.knative.apiserver.resource.update",
        time="2026-03-01T13:00:00Z",
        data=deployment(image, name=name, uid=name),
    )
    assert service.send(event).status == 202
    service.settle()
    [found] = service.get("/v1/deployments", service=f"/shop/{name}").json["items"]
    assert isinstance(found, dict)
    return found


def commits(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["commit"], each["rule"]) for each in found["commits"]]


def test_an_image_that_is_pushed_and_then_deployed_by_its_digest_is_linked(
    registries: Service,
) -> None:
    answer = post(
        registries, "distribution", "distribution/cases/push-commit-tag",
        content_type=V2, authorization=f"Bearer {SECRET}",
    )  # fmt: skip
    assert answer.status == 202
    found = roll_out(registries, "web", f"mirror.acme.example/hats/shop:1.4.0@{DIGEST}")
    assert commits(found) == [(COMMIT, "artifact")]


def test_an_image_without_a_digest_is_linked_by_its_tag(registries: Service) -> None:
    answer = post(
        registries, f"docker-hub?secret={SECRET}", "docker_hub/cases/push-commit-tag",
        content_type="application/json",
    )  # fmt: skip
    assert answer.status == 202
    found = roll_out(registries, "hub", f"acmehats/shop:{COMMIT}")
    assert commits(found) == [(COMMIT, "artifact")]


def test_harbor_tells_by_both_formats_and_is_counted_once(registries: Service) -> None:
    for case, form in (
        ("default", "application/json"),
        ("cloudevents", "application/cloudevents+json"),
    ):
        answer = post(
            registries, "harbor", f"harbor/cases/{case}-push-tag",
            content_type=form, authorization=SECRET,
        )  # fmt: skip
        assert (answer.status, answer.headers["streamgauge-accepted"]) == (202, "1")
    registries.settle()
    events = [
        item["event"] for item in registries.get("/v1/events/cdevents", limit=1000).json["items"]
    ]
    told = [e for e in events if e["context"]["source"] == "https://registry.acme.example"
            and e.get("customData", {}).get("imageTag") == "1.4.0"]  # fmt: skip
    assert len(told) == 1


@pytest.mark.parametrize("path", ["harbor", "distribution", "docker-hub", "docker-hub?secret=x"])
def test_without_the_secret_nothing_is_taken(registries: Service, path: str) -> None:
    answer = post(registries, path, "docker_hub/cases/push", content_type="application/json")
    assert (answer.status, answer.json["type"]) == (403, "/problems/webhook-refused")


def test_the_answer_is_the_same_for_an_event_that_means_nothing(registries: Service) -> None:
    body = json.dumps({"events": []}).encode()
    answer = registries.post(
        "/webhooks/distribution", body, content_type=V2, authorization=f"Bearer {SECRET}"
    )
    assert (answer.status, answer.body) == (202, b"")
