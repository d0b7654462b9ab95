"""Calls of a small invented company, as DevLake's clients make them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from streamgauge import CDEvent, CloudEvent, Event, WebhookRequest
from streamgauge.cloudevents import to_sdk
from streamgauge.hookspecs import State
from streamgauge.settings import Settings
from streamgauge_devlake import receivers, transformers

Payload = dict[str, Any]

ACCEPTED = datetime(2031, 1, 1, tzinfo=UTC)
"""When Streamgauge accepted an event: far from every time in a call, so that it shows."""
ONE, TWO = "1" * 39 + "a", "2" * 39 + "b"
SHOP = "https://github.com/Acme/Shop"
CONNECTION = "/plugins/webhook/connections/1"
NAMED = "/plugins/webhook/connections/by-name/hat shop"
PROJECT = "/plugins/webhook/projects/Hats"


def commit(repository: str = SHOP, sha: str = ONE, **more: Any) -> Payload:
    """As the command that DevLake's user interface hands out has it."""
    return {
        "repoUrl": repository,
        "refName": "main",
        "startedDate": "2026-03-01T12:00:00+00:00",
        "finishedDate": "2026-03-01T12:30:00+00:00",
        "commitSha": sha,
        "commitMsg": "Sell hats",
        **more,
    }


def deployment(**more: Any) -> Payload:
    return {
        "id": "deploy-7",
        "startedDate": "2026-03-01T12:00:00+00:00",
        "finishedDate": "2026-03-01T14:30:00+02:00",
        "result": "SUCCESS",
        "deploymentCommits": [commit()],
        **more,
    }


def issue(**more: Any) -> Payload:
    return {
        "issueKey": "DLK-1234",
        "title": "an incident from DLK",
        "type": "INCIDENT",
        "originalStatus": "TODO",
        "status": "TODO",
        "createdDate": "2026-03-02T08:00:00+00:00",
        "updatedDate": "2026-03-02T09:00:00+00:00",
        **more,
    }


def closed(**more: Any) -> Payload:
    return issue(
        status="DONE", originalStatus="fixed", resolutionDate="2026-03-02T10:00:00Z", **more
    )


CASES: dict[str, tuple[str, Payload]] = {
    "deployment": (f"{CONNECTION}/deployments", deployment()),
    "deployment-full": (
        f"{CONNECTION}/deployments",
        deployment(
            displayTitle="Hats for all",
            createdDate="2026-03-01T11:59:00Z",
            environment="STAGING",
            originalEnvironment="stage-eu",
            name="unread",
        ),
    ),
    "deployment-failed": (f"{CONNECTION}/deployments", deployment(result="FAILURE")),
    "deployment-aborted": (f"{CONNECTION}/deployments", deployment(result="ABORT")),
    "deployment-of-several": (
        f"{CONNECTION}/deployments",
        deployment(
            deploymentCommits=[
                commit(),
                commit("git@git.acme.example:hats/web/front.git", TWO),
                commit("https://git.acme.example/felt.git", TWO, result="FAILURE"),
            ]
        ),
    ),
    "deployment-of-a-project": (f"{PROJECT}/deployments", deployment()),
    "deployment-by-name": (f"{NAMED}/deployments", deployment()),
    "deployment-old-form": (
        "/plugins/webhook/2/deployments",
        {
            "pipeline_id": 4711,
            "commit_sha": TWO,
            "repo_url": "https://robin:secret@git.acme.example:8443/hats/felt.git",
            "start_time": "2026-03-01 12:00:00",
            "end_time": "2026-03-01T12:30:00.5+0000",
            "environment": "TESTING",
            "deployment_commits": [],
        },
    ),
    "deployment-first-form": (
        "/plugins/webhook/2/deployments",
        {"commit_sha": TWO, "repo_url": "felt"},
    ),
    "incident": (f"{CONNECTION}/issues", issue(url="https://dlk.example/1234", severity="high")),
    "incident-done": (f"{CONNECTION}/issues", closed()),
    "incident-of-a-project": (f"{PROJECT}/issues", issue()),
    "ticket": (
        f"{CONNECTION}/issues",
        issue(
            type="REQUIREMENT",
            url="https://dlk.example/1234",
            creatorName="Robin",
            assigneeName="Kim",
            priority="High",
            component="till",
        ),
    ),
    "ticket-done": (f"{CONNECTION}/issues", closed(type="BUG", creatorId="user1131")),
    "issue-old-form": (
        f"{CONNECTION}/issues",
        {
            "issue_key": "DLK-1234",
            "title": "an incident from DLK",
            "type": "INCIDENT",
            "original_status": "fixed",
            "status": "DONE",
            "created_date": "2026-03-02 08:00",
            "resolution_date": "2026-03-02T10:00:00+0000",
            "updated_date": None,
        },
    ),
    "issue-closed": (f"{CONNECTION}/issue/DLK-1234/close", {}),
}


def parts_of(path: str) -> dict[str, str]:
    """As the router finds them."""
    root, *parts = path.removeprefix("/plugins/webhook/").split("/")
    if root == "projects":
        found, rest = {"project": parts[0]}, parts[1:]
    elif root == "connections" and parts[0] == "by-name":
        found, rest = {"webhook": parts[1]}, parts[2:]
    elif root == "connections":
        found, rest = {"connection": parts[0]}, parts[1:]
    else:
        found, rest = {"connection": root}, parts
    return {**found, "key": rest[1]} if rest[0] == "issue" else found


def received(path: str, payload: object) -> Event:
    """The one event that the receiver makes of a call."""
    [receiver] = receivers()
    body = json.dumps(payload).encode()
    request = WebhookRequest({}, body, {}, path, parts_of(path))
    [event] = receiver.receive(request)
    return event


def sdk(event: Event) -> CloudEvent:
    return to_sdk(event.state, ACCEPTED)


def transformed(events: Iterable[Event], **settings: Any) -> list[CDEvent]:
    """What a log of these events becomes, in its order."""
    plain, remembering = transformers(Settings(plugins={"devlake": settings}))
    states: dict[str, State | None] = {}
    made: list[CDEvent] = []
    for event in map(sdk, events):
        made += plain.transform(event) if event.get_type().endswith("deployment") else ()  # type: ignore[union-attr]
        key = remembering.state_key(event)  # type: ignore[union-attr]
        if key is not None and not event.get_type().endswith("deployment"):
            state = states.get(key)
            copy = None if state is None else json.loads(json.dumps(state))
            told, states[key] = remembering.transform_with_state(event, copy)  # type: ignore[union-attr]
            made += told
    return made
