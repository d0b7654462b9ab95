"""Jenkins against the real service: from builds to a metric."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streamgauge import WebhookRequest
from streamgauge.sources.captured import read_cases
from tests.conftest import fresh_database
from tests.service import Answer, Service

CASES = {case.name: case.deliveries for case in read_cases(Path(__file__).parent / "cases")}


@pytest.fixture(scope="module")
def jenkins(server_url: str) -> Iterator[Service]:
    environ = {
        "STREAMGAUGE_JENKINS_SECRET": "an invented secret",
        "STREAMGAUGE_JENKINS_DEPLOYMENTS": "deploy-*",
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def send(service: Service, delivery: WebhookRequest, secret: str) -> Answer:
    path = f"/webhooks/jenkins?secret={secret}"
    return service.request("POST", path, delivery.body, dict(delivery.headers))


def test_builds_of_a_deploying_job_are_deployments(jenkins: Service) -> None:
    for delivery in CASES["deployments-by-the-rule"]:
        assert send(jenkins, delivery, "an%20invented%20secret").status == 202
    jenkins.settle()
    found = jenkins.get(
        "/v1/metrics/deployment_frequency",
        service="shop/web",
        environment="production",
        **{"from": "2026-03-01", "to": "2026-03-02", "interval": "day"},
    )
    assert [bucket["volume"] for bucket in found.json["buckets"]] == [3]
    failing = jenkins.get(
        "/v1/metrics/change_fail_rate",
        service="shop/web",
        **{"from": "2026-03-01", "to": "2026-03-02", "interval": "all"},
    )
    assert failing.json["value"] == pytest.approx(1 / 3)  # the one that was rolled back


def test_the_broken_sink_is_told_what_to_do(jenkins: Service) -> None:
    request = WebhookRequest({"content-type": "application/json"}, b"CloudEvent{id='1'}", {})
    answer = send(jenkins, request, "an%20invented%20secret")
    assert answer.status == 415
    assert "cloudevents-plugin instead" in answer.json["detail"]
    assert send(jenkins, request, "wrong").status == 403


def test_nothing_was_parked(jenkins: Service) -> None:
    jenkins.settle()
    items = jenkins.get("/v1/projections").json["items"]
    assert {item["parked"] for item in items} == {0}
