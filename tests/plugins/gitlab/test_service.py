"""GitLab against the real service: from its webhooks to the metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conftest import fresh_database
from tests.service import Answer, Service

from .samples import PAGE, A, C, Payload, case
from .samples import with_attributes as changed

TOKEN = "a token of many letters"


@pytest.fixture(scope="module")
def gitlab(server_url: str) -> Iterator[Service]:
    environ = {"STREAMGAUGE_GITLAB_SECRET": TOKEN}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def send(service: Service, payload: Payload, token: str = TOKEN) -> Answer:
    headers = {
        "Content-Type": "application/json",
        "X-Gitlab-Event": "Some Hook",
        "X-Gitlab-Token": token,
    }
    return service.request("POST", "/webhooks/gitlab", json.dumps(payload).encode(), headers)


def test_who_does_not_know_the_token_is_refused(gitlab: Service) -> None:
    assert send(gitlab, case("note"), token="a guess").status == 403


def test_changes_and_deployments_come_to_a_lead_time(gitlab: Service) -> None:
    first = case(
        "deployment-success",
        deployable_id=1,
        short_sha=A[:8],
        commit_url=f"{PAGE}/-/commit/{A}",
        status_changed_at="2026-03-01 09:00:00 UTC",
    )
    before = case("push-commits", before="0" * 39 + "1", after=A)
    before["commits"] = [{**before["commits"][0], "id": A, "timestamp": "2026-02-28T10:00:00Z"}]
    merged = changed(
        case("merge-request-merge-by-merge-commit"), updated_at="2026-03-02 08:40:01 UTC"
    )
    payloads = [
        *(before, first, case("merge-request-open"), case("push-new-branch")),
        *(case("push-commits"), merged, case("deployment-success"), case("deployment-failed")),
    ]
    for payload in [*payloads, *payloads]:
        assert send(gitlab, payload).status == 202
    gitlab.settle()
    asked = {"service": "ferries/web/booking", "from": "2026-03-02", "to": "2026-03-03"}
    frequency = gitlab.get("/v1/metrics/deployment_frequency", interval="day", **asked).json
    assert [bucket["volume"] for bucket in frequency["buckets"]] == [1]
    lead = gitlab.get("/v1/metrics/change_lead_time", interval="day", **asked).json
    # From the commit at 09:10 +0100 to the deployment at 10:02 +0100.
    assert (lead["n"], lead["value"]) == (1, 52 * 60)
    items = gitlab.get("/v1/deployments", service="ferries/web/booking").json["items"]
    assert {each["commit"] for item in items for each in item["commits"]} == {A, C}


@pytest.mark.parametrize(
    ("project", "environment", "tier", "volume"),
    [
        ("cranes", "eu-west", "production", 1),
        ("tugs", "eu-west-try", "staging", 0),
    ],
)
def test_production_is_what_gitlab_calls_the_tier_production(
    gitlab: Service, project: str, environment: str, tier: str, volume: int
) -> None:
    payload = case("deployment-success", environment=environment, environment_tier=tier)
    page = f"https://git.tidewater.example/harbour/{project}"
    payload["project"] = {
        "id": 90,
        "web_url": page,
        "path_with_namespace": f"harbour/{project}",
    }
    assert send(gitlab, payload).status == 202
    gitlab.settle()
    asked = {"service": f"harbour/{project}", "from": "2026-03-02", "to": "2026-03-03"}
    found = gitlab.get("/v1/metrics/deployment_frequency", interval="day", **asked).json
    assert [bucket["volume"] for bucket in found["buckets"]] == [volume]


def test_an_incident_is_resolved_when_its_status_says_so(gitlab: Service) -> None:
    for name in ("open", "acknowledged", "status-resolved", "close"):
        assert send(gitlab, case(f"incident-{name}")).status == 202
    gitlab.settle()
    [incident] = gitlab.get("/v1/incidents").json["items"]
    assert (incident["detected_at"], incident["resolved_at"]) == (
        "2026-03-03T07:00:00Z",
        "2026-03-03T08:40:00Z",
    )


def test_nothing_was_parked(gitlab: Service) -> None:
    gitlab.settle()
    items = gitlab.get("/v1/projections").json["items"]
    assert {item["parked"] for item in items} == {0}
