"""Service hooks of Azure DevOps against the real service, to the metrics."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streamgauge import WebhookRequest
from tests.conftest import fresh_database
from tests.service import Answer, Service

from .samples import delivery

STAGES = "stage-deployed-upgraded-and-rolled-back"


@pytest.fixture(scope="module")
def azure(server_url: str) -> Iterator[Service]:
    environ = {
        "STREAMGAUGE_AZURE_DEVOPS_SECRET": "quayside",  # what the cases show
        "STREAMGAUGE_AZURE_DEVOPS_DEPLOYMENTS": "Deploy_*",
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def send(service: Service, request: WebhookRequest) -> Answer:
    return service.request("POST", "/webhooks/azure-devops", request.body, request.headers)


def test_a_pull_request_reaches_production_and_an_incident_ends(azure: Service) -> None:
    name = "push-of-two-commits"
    unknown = WebhookRequest({"content-type": "application/json"}, delivery(name).body, {})
    assert send(azure, unknown).status == 403
    for name in (
        f"{STAGES}/01-first",
        "push-that-makes-a-branch",
        "pull-request-created",
        "pull-request-approved",
        "pull-request-completed",
        "push-of-two-commits",
        f"{STAGES}/02-second",
        "incident-created",
        "incident-resolved",
    ):
        assert send(azure, delivery(name)).status == 202, name
    azure.settle()
    asked = {"from": "2026-03-01", "to": "2026-03-08"}
    frequency = azure.get("/v1/metrics/deployment_frequency", interval="all", **asked).json
    assert [bucket["volume"] for bucket in frequency["buckets"]] == [2]
    [change] = azure.get("/v1/changes", **asked).json["items"]
    assert change["commit"] == "c3" * 20
    assert change["first_reviewed_at"] == "2026-03-02T12:00:00.500000Z"
    [link] = change["deployments"]
    assert (link["environment"], link["rule"]) == ("Production", "commit")
    [incident] = azure.get("/v1/incidents", **asked).json["items"]
    assert incident["resolved_at"] == "2026-03-02T11:00:00.500000Z"
