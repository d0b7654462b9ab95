"""What the receiver makes of a call: the CloudEvent, or a reason that names the field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamgauge import WebhookRequest
from streamgauge.cloudevents.json_format import content_of
from streamgauge.errors import InvalidInput
from streamgauge.json_codec import decode
from streamgauge_devlake import receivers
from streamgauge_devlake.calls import PATHS

from .samples import CASES, CONNECTION, commit, deployment, issue, parts_of, received


def attributes(path: str, payload: object) -> dict[str, Any]:
    return dict(content_of(decode(received(path, payload).state)).attributes)


def refused(path: str, body: bytes) -> InvalidInput:
    [receiver] = receivers()
    with pytest.raises(InvalidInput) as error:
        receiver.receive(WebhookRequest({}, body, {}, path, parts_of(path)))
    return error.value


def without(payload: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name not in names}


def test_makes_a_cloudevent_of_a_call() -> None:
    given = attributes(*CASES["deployment"])
    assert given.pop("id")
    assert given == {
        "specversion": "1.0",
        "source": CONNECTION,
        "type": "com.devlake.webhook.deployment",
        "subject": "deploy-7",
        "time": "2026-03-01T12:30:00Z",
        "datacontenttype": "application/json",
    }


@pytest.mark.parametrize(
    ("case", "kind", "subject", "time"),
    [
        ("deployment-first-form", "deployment", f"felt@{'2' * 39}b", None),
        ("incident", "issue", "DLK-1234", "2026-03-02T09:00:00Z"),
        ("issue-old-form", "issue", "DLK-1234", None),
        ("issue-closed", "issue-close", "DLK-1234", None),
    ],
)
def test_type_subject_and_time_are_the_calls_own(
    case: str, kind: str, subject: str, time: str | None
) -> None:
    given = attributes(*CASES[case])
    assert given["type"] == f"com.devlake.webhook.{kind}"
    assert (given["subject"], given.get("time")) == (subject, time)


def test_keeps_the_bytes_that_were_sent_whatever_the_content_type() -> None:
    body = b'{ "id":\t7.50, "hat": "h\\u00e4t",  "commitSha": "a", "repoUrl": "\xe2\x82\xac" }'
    form = {"content-type": "application/x-www-form-urlencoded"}
    [receiver] = receivers()
    path = f"{CONNECTION}/deployments"
    [event] = receiver.receive(WebhookRequest(form, body, {}, path, parts_of(path)))
    assert body in event.state


@pytest.mark.parametrize("name", [name for name in CASES if name != "issue-closed"])
def test_the_same_call_again_is_the_same_event(name: str) -> None:
    path, payload = CASES[name]
    again = dict(reversed(payload.items()))
    assert received(path, payload).id == received(path, again).id


def test_a_call_is_the_same_by_whichever_path_it_comes() -> None:
    calls = [f"{CONNECTION}/deployments", "/plugins/webhook/1/deployments"]
    assert len({received(path, deployment()).state for path in calls}) == 1
    others = ["/plugins/webhook/connections/by-name/1", "/plugins/webhook/projects/1"]
    events = [received(f"{path}/deployments", deployment()) for path in [CONNECTION, *others]]
    assert len({event.source for event in events}) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"result": "FAILURE"},
        {"environment": "STAGING"},
        {"finishedDate": "2026-03-01T13:00:00Z"},
        {"deploymentCommits": [commit(sha="c" * 40)]},
        {"id": "deploy-8"},
    ],
)
def test_a_call_with_other_content_is_another_event(change: dict[str, Any]) -> None:
    path, payload = CASES["deployment"]
    assert received(path, payload).id != received(path, {**payload, **change}).id


def test_each_call_to_close_is_an_event() -> None:
    path, payload = CASES["issue-closed"]
    assert received(path, payload).id != received(path, payload).id


def test_a_call_to_close_may_have_any_body() -> None:
    path, _ = CASES["issue-closed"]
    [receiver] = receivers()
    for body in (b"", b"hats", b"[]"):
        [event] = receiver.receive(WebhookRequest({}, body, {}, path, parts_of(path)))
        assert decode(event.state)["data"] == {"issueKey": "DLK-1234"}


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        (without(deployment(), "id", "deploymentCommits"), "/id"),
        (deployment(id={"a": 1}), "/id"),
        (deployment(id=True), "/id"),
        (deployment(id="a\0b"), "/id"),
        (deployment(environment="MOON"), "/environment"),
        (deployment(result=[]), "/result"),
        (deployment(startedDate="yesterday"), "/startedDate"),
        (deployment(finishedDate="2026-02-30T12:00:00Z"), "/finishedDate"),
        (deployment(finishedDate=1772359200), "/finishedDate"),
        (without(deployment(end_time="12:30"), "finishedDate"), "/end_time"),
        (deployment(deploymentCommits={}), "/deploymentCommits"),
        (deployment(deploymentCommits=[commit(), 5]), "/deploymentCommits/1"),
        (
            deployment(deploymentCommits=[without(commit(), "commitSha")]),
            "/deploymentCommits/0/commitSha",
        ),
        (
            deployment(deployment_commits=[commit(""), commit()], deploymentCommits=None),
            "/deployment_commits/0/repoUrl",
        ),
        ({"pipeline_id": "7", "commit_sha": "a"}, "/repoUrl"),
        ({"pipeline_id": "7", "repo_url": "a"}, "/commitSha"),
        ([deployment()], ""),
        (None, ""),
    ],
)
def test_a_deployment_that_cannot_be_read_is_refused(payload: object, where: str) -> None:
    error = refused(f"{CONNECTION}/deployments", json.dumps(payload).encode())
    assert error.where == where


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        *((without(issue(), name), f"/{name}") for name in ("issueKey", "title", "status")),
        (without(issue(), "createdDate"), "/createdDate"),
        (issue(createdDate="0001-01-01T00:00:00Z"), "/createdDate"),
        (issue(status="OPEN"), "/status"),
        (issue(type={}), "/type"),
        (issue(resolutionDate="soon"), "/resolutionDate"),
        (without(issue(original_status=[]), "originalStatus"), "/original_status"),
    ],
)
def test_an_issue_that_cannot_be_read_is_refused(payload: object, where: str) -> None:
    assert refused(f"{CONNECTION}/issues", json.dumps(payload).encode()).where == where


@pytest.mark.parametrize("body", [b"", b"hats", b"\xff", b'{"a": NaN}', b"[" * 600 + b"]" * 600])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    assert refused(f"{CONNECTION}/issues", body).where == "body"


@pytest.mark.parametrize("name", ["", " ", "a\0b", "a\nb"])
def test_a_connection_that_is_none_is_refused(name: str) -> None:
    [receiver] = receivers()
    for parts in ({"connection": name}, {"project": name}, {}):
        with pytest.raises(InvalidInput) as error:
            receiver.receive(WebhookRequest({}, b"{}", {}, "/webhooks/devlake", parts))
        assert error.value.where == "path"


def test_has_devlakes_paths_with_and_without_what_its_proxy_adds() -> None:
    assert len(set(PATHS)) == len(PATHS) == 48
    for prefix in ("", "/api", "/rest", "/api/rest"):
        assert f"{prefix}/plugins/webhook/connections/{{connection}}/deployments" in PATHS
        assert f"{prefix}/plugins/webhook/connections/by-name/{{webhook}}/issues" in PATHS
        assert f"{prefix}/plugins/webhook/projects/{{project}}/deployments" in PATHS
        assert f"{prefix}/plugins/webhook/{{connection}}/issue/{{key}}/close" in PATHS
