"""Gitea and Forgejo against the real service: from their webhooks to the metrics."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from tests.conftest import fresh_database
from tests.service import Answer, Service

from .samples import A, C, Payload, case, inside

SECRET = "a secret of many letters"


@pytest.fixture(scope="module")
def gitea(server_url: str) -> Iterator[Service]:
    environ = {
        "STREAMGAUGE_GITEA_SECRET": SECRET,
        "STREAMGAUGE_GITHUB_SECRET": SECRET,
        "STREAMGAUGE_GITEA_DEPLOYMENTS": "deploy.yml",
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def send(
    service: Service, event: str, payload: Payload, *, secret: str = SECRET, to: str = "gitea"
) -> Answer:
    body = json.dumps(payload).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Gitea-Event": event,
        "X-Gitea-Signature": signature,
        "X-Hub-Signature-256": f"sha256={signature}",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": "d-1",
    }
    return service.request("POST", f"/webhooks/{to}", body, headers)


def test_who_does_not_know_the_secret_is_refused(gitea: Service) -> None:
    assert send(gitea, "fork", case("fork"), secret="a guess").status == 403


def test_at_githubs_address_it_is_told_where_to_go(gitea: Service) -> None:
    answer = send(gitea, "push", case("push-commits"), to="github")
    assert (answer.status, answer.json["where"]) == (400, "X-Gitea-Event")
    assert "/webhooks/gitea" in answer.json["detail"]


def test_changes_and_deploying_runs_come_to_a_lead_time(gitea: Service) -> None:
    before = case("push-commits", before="0" * 39 + "1", after=A)
    before["commits"] = [{**before["commits"][1], "id": A, "timestamp": "2026-02-28T10:00:00Z"}]
    before["head_commit"] = before["commits"][0]
    before = inside(before, "repository", updated_at="2026-02-28T10:00:00Z")
    first = inside(
        case("deploying-run-success"),
        "workflow_run",
        id=1,
        head_sha=A,
        completed_at="2026-03-01T09:00:00Z",
    )
    told = [
        ("push", before),
        ("workflow_run", first),
        ("pull_request", case("pull-request-opened")),
        ("push", case("push-new-branch")),
        ("push", case("push-commits")),
        ("pull_request", case("pull-request-closed-and-merged")),
        ("workflow_run", case("deploying-run-success")),
    ]
    for event, payload in [*told, *told]:
        assert send(gitea, event, payload).status == 202
    gitea.settle()
    asked = {"service": "ferries/booking", "from": "2026-03-02", "to": "2026-03-03"}
    frequency = gitea.get("/v1/metrics/deployment_frequency", interval="day", **asked).json
    assert [bucket["volume"] for bucket in frequency["buckets"]] == [1]
    lead = gitea.get("/v1/metrics/change_lead_time", interval="day", **asked).json
    # From the commit at 09:10:00 to the end of the run at 09:51:16.
    assert (lead["n"], lead["value"]) == (1, 41 * 60 + 16)
    items = gitea.get("/v1/deployments", service="ferries/booking").json["items"]
    assert {each["commit"] for item in items for each in item["commits"]} == {A, C}


def test_an_incident_from_its_start_to_its_end(gitea: Service) -> None:
    for name in ("opened", "label-added", "closed"):
        assert send(gitea, "issues", case(f"incident-{name}")).status == 202
    gitea.settle()
    [incident] = gitea.get("/v1/incidents").json["items"]
    assert (incident["detected_at"], incident["resolved_at"]) == (
        "2026-03-03T07:00:00Z",
        "2026-03-03T09:15:00Z",
    )


def test_nothing_was_parked(gitea: Service) -> None:
    gitea.settle()
    items = gitea.get("/v1/projections").json["items"]
    assert {item["parked"] for item in items} == {0}
