"""Jira's webhooks against the real service, to what the metrics are made of."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

import pytest

from streamgauge import WebhookRequest
from tests.conftest import fresh_database
from tests.service import Answer, Service

from .samples import delivery

SECRET = "quayside"
VERSIONS = "versions-deployed-upgraded-and-rolled-back"


@pytest.fixture(scope="module")
def jira(server_url: str) -> Iterator[Service]:
    environ = {
        "STREAMGAUGE_JIRA_SECRET": SECRET,
        "STREAMGAUGE_JIRA_DEPLOYMENTS": "timetable *",
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def send(service: Service, request: WebhookRequest, secret: str = SECRET) -> Answer:
    signature = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    headers = {**request.headers, "x-hub-signature": f"sha256={signature}"}
    return service.request("POST", "/webhooks/jira", request.body, headers)


def test_an_incident_is_opened_and_ends_and_versions_are_deployed(jira: Service) -> None:
    assert send(jira, delivery("incident-created"), "wrong").status == 403
    for name in (
        "incident-created",
        "incident-updated",
        "incident-resolved",
        "incident-resolved",
        "comment-created",
        f"{VERSIONS}/01-1.3.0",
        f"{VERSIONS}/02-1.4.0",
        f"{VERSIONS}/03-1.3.0",
    ):
        assert send(jira, delivery(name)).status == 202, name
    jira.settle()
    asked = {"from": "2026-03-01", "to": "2026-03-08"}
    [incident] = jira.get("/v1/incidents", **asked).json["items"]
    assert incident["detected_at"] == "2026-03-02T09:00:00.250000Z"
    assert incident["resolved_at"] == "2026-03-02T11:00:00.250000Z"
    deployments = jira.get("/v1/deployments", **asked).json["items"]
    assert [each["kind"] for each in deployments] == ["rollback", "upgrade", "deploy"]
    unsigned = jira.request(
        "POST",
        f"/webhooks/jira?secret={SECRET}",
        delivery("data-center-issue-created").body,
        delivery("data-center-issue-created").headers,
    )
    assert unsigned.status == 202
