"""DevLake's clients against the real service: the commands that it hands out, to the metric."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from streamgauge_devlake.calls import PATHS
from tests.conftest import fresh_database
from tests.service import Answer, Service

from .samples import TWO, closed, commit, deployment, issue

KEY = "k" * 128  # as long as DevLake's API keys are
ROOT = "/api/rest/plugins/webhook"
CONNECTION = f"{ROOT}/connections/1"


@pytest.fixture(scope="module")
def devlake(server_url: str) -> Iterator[Service]:
    environ = {"STREAMGAUGE_INGEST_TOKENS": KEY, "STREAMGAUGE_OPEN": "read"}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def call(service: Service, path: str, payload: object = None, key: str = KEY) -> Answer:
    """As curl does it with -d, or without for a call to close."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if payload is None:
        return service.request("POST", path, None, headers)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return service.request("POST", path, json.dumps(payload).encode(), headers)


def told(service: Service, scope: str) -> list[dict[str, Any]]:
    """The CDEvents of one connection or project, in the order of the log."""
    service.settle()
    items = service.get("/v1/events/cdevents", limit=1000).json["items"]
    events = [item["event"] for item in items]
    return [e for e in events if e["context"]["source"] == f"/plugins/webhook/{scope}"]


def kinds(events: list[dict[str, Any]]) -> Counter[str]:
    return Counter(".".join(event["context"]["type"].split(".")[2:4]) for event in events)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_answered(devlake: Service, path: str) -> None:
    path = path.format(connection="9", webhook="paths", project="Paths", key="DLK-1")
    payload = {"deployments": deployment(), "issues": issue()}.get(path.rpartition("/")[2])
    answer = call(devlake, path, payload)
    assert (answer.status, answer.body) == (202, b"")
    accepted, duplicates = (
        int(answer.headers[f"streamgauge-{name}"]) for name in ("accepted", "duplicates")
    )
    assert accepted + duplicates == 1


def test_a_deployment_is_counted_once_for_its_service(devlake: Service) -> None:
    path = f"{ROOT}/projects/Tall%20hats/deployments"
    answers = [call(devlake, path, deployment()) for _ in range(2)]
    answers += [
        call(devlake, path, deployment(displayTitle="told again")),
        call(devlake, path, deployment(id="deploy-8", result="FAILURE")),
        call(devlake, path, deployment(id="deploy-8", finishedDate="2026-03-01T13:00:00Z")),
        call(devlake, path, deployment(id="deploy-9", environment="STAGING")),
        call(devlake, path, deployment(id="deploy-10", result="ABORT")),
    ]
    assert [answer.status for answer in answers] == [202] * 7
    assert answers[1].headers["streamgauge-duplicates"] == "1"
    events = told(devlake, "projects/Tall%20hats")
    assert kinds(events) == {"service.deployed": 3, "streamgauge-deployment.failed": 1}
    found = devlake.get(
        "/v1/metrics/deployment_frequency",
        service="Tall hats",
        environment="production",
        **{"from": "2026-03-01", "to": "2026-03-02", "interval": "day"},
    )
    assert [bucket["volume"] for bucket in found.json["buckets"]] == [2]


def test_an_incident_from_its_start_to_its_end(devlake: Service) -> None:
    for payload in (issue(), issue(), issue(status="IN_PROGRESS")):
        assert call(devlake, f"{CONNECTION}/issues", payload).status == 202
    for _ in range(2):
        assert call(devlake, f"{CONNECTION}/issue/DLK-1234/close").status == 202
    assert call(devlake, f"{CONNECTION}/issue/DLK-0/close").status == 202
    events = told(devlake, "connections/1")
    assert kinds(events) == {"incident.detected": 1, "incident.resolved": 1}
    assert {event["subject"]["id"] for event in events} == {"devlake:1:DLK-1234"}
    assert call(devlake, f"{CONNECTION}/issues", closed()).status == 202
    assert told(devlake, "connections/1")[-1]["context"]["timestamp"] == "2026-03-02T10:00:00Z"


def test_the_form_of_before_version_one_is_read(devlake: Service) -> None:
    payload = {
        "pipeline_id": "build-7",
        "commit_sha": TWO,
        "repo_url": "https://robin:secret@git.acme.example/hats/felt.git",
        "start_time": "2026-03-01T12:00:00+00:00",
        "end_time": "2026-03-01T12:30:00+00:00",
    }
    assert call(devlake, "/api/plugins/webhook/5/deployments", payload).status == 202
    [event] = told(devlake, "connections/5")
    assert event["subject"]["id"] == "hats/felt"
    assert event["customData"]["repository"] == "https://git.acme.example/hats/felt"


@pytest.mark.parametrize(
    ("path", "payload", "where"),
    [
        ("deployments", {"environment": "MOON"}, "/environment"),
        ("deployments", {"deploymentCommits": [commit(sha="")]}, "/deploymentCommits/0/commitSha"),
        ("issues", {"issueKey": "DLK-2"}, "/status"),
        ("issues", [], ""),
    ],
)
def test_what_devlake_would_refuse_is_refused_with_its_field(
    devlake: Service, path: str, payload: Any, where: str
) -> None:
    given = {**deployment(), **payload} if path == "deployments" else payload
    answer = call(devlake, f"{ROOT}/connections/7/{path}", given)
    assert (answer.status, answer.json["type"]) == (400, "/problems/invalid-input")
    assert answer.json.get("where", "") == where
    assert told(devlake, "connections/7") == []


@pytest.mark.parametrize("path", [f"{CONNECTION}/deployments", "/plugins/webhook/1/issues"])
def test_the_key_is_one_of_the_ingest_tokens(devlake: Service, path: str) -> None:
    assert call(devlake, path, {}, key="").status == 401
    assert call(devlake, path, {}, key="wrong").status == 401
    assert call(devlake, f"{path}?access_token={KEY}", {}, key="").status == 400  # its body


@pytest.mark.parametrize(
    "path",
    [
        *("/webhooks/devlake", f"{ROOT}/connections/%20/issues", f"{ROOT}/projects/%00/issues"),
        f"{ROOT}/connections/%0A/deployments",
    ],
)
def test_what_names_no_connection_is_refused(devlake: Service, path: str) -> None:
    answer = call(devlake, path, issue())
    assert (answer.status, answer.json["where"]) == (400, "path")


@pytest.mark.parametrize(
    "path",
    [
        *("/plugins/webhook/connections", f"{CONNECTION}", f"{CONNECTION}/pull_requests"),
        *("/plugins/webhook/deployments", f"{ROOT}/connections//deployments/x", f"{ROOT}/1/2/3"),
    ],
)
def test_devlakes_other_paths_are_not_here(devlake: Service, path: str) -> None:
    assert call(devlake, path, {}).status == 404


def test_a_name_that_is_no_text_is_no_failure(devlake: Service) -> None:
    assert call(devlake, f"{ROOT}/connections/%ff%fe/issues", issue()).status in (202, 400)


def test_nothing_was_parked(devlake: Service) -> None:
    devlake.settle()
    items = devlake.get("/v1/projections").json["items"]
    assert {item["parked"] for item in items} == {0}
