"""An import makes of an object of the API what a webhook with the same object in it says."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streamgauge import CDEvent, json_codec
from streamgauge.cloudevents import to_sdk
from streamgauge_github.history import payloads
from tests.shared import SHARED, needs_shared

from .samples import ACCEPTED, CASES, CLOSED, MERGED, Payload, issue, pull, received, transformed

Made = Callable[[Payload], Payload]


def of_issue(payload: Payload) -> Payload:
    here, it = payloads.repository(payload["repository"]), payload["issue"]
    return payloads.issue(here, it, payload["action"], it["updated_at"])


MADE: dict[str, Made] = {
    "deployment_status": lambda p: payloads.deployment_status(
        payloads.repository(p["repository"]), p["deployment"], p["deployment_status"]
    ),
    "issues": of_issue,
    "pull_request_review": lambda p: payloads.reviewed(
        payloads.repository(p["repository"]), p["pull_request"], p["review"]
    ),
    "release": lambda p: payloads.release(payloads.repository(p["repository"]), p["release"]),
    "workflow_run": lambda p: payloads.run(
        payloads.repository(p["repository"]), p["workflow_run"], p["workflow"]["name"]
    ),
}
ACTIONS = {
    "deployment_status": ("created",),
    "issues": ("opened", "closed", "reopened"),
    "pull_request_review": ("submitted",),
    "release": ("published",),
    "workflow_run": ("completed",),
}


def said(events: list[CDEvent]) -> list[Any]:
    """What the facts and whoever looks at them read, and what makes each what it is."""
    found = [copy.deepcopy(event.document) for event in events]
    for each in found:
        # A list of pull requests does not say who merged, nor one of issues who acted.
        each["customData"].pop("mergedBy", None)
        each["subject"]["content"].pop("updatedBy", None)
    return found


def imported(event: str, payload: Payload) -> list[CDEvent]:
    made = payloads.event(event, payload)
    assert made == payloads.event(event, copy.deepcopy(payload))
    return transformed(to_sdk(made.state, ACCEPTED))


@pytest.mark.parametrize(
    "name", [n for n, (event, p) in CASES.items() if p.get("action") in ACTIONS.get(event, ())]
)
def test_a_sample_is_told_alike_both_ways(name: str) -> None:
    event, payload = CASES[name]
    assert said(imported(event, MADE[event](payload))) == said(
        transformed(received(event, payload))
    )


@pytest.mark.parametrize("more", [MERGED, {"closed_at": "2026-03-02T12:00:00Z"}])
def test_how_a_pull_request_ended_is_told_alike(more: Payload) -> None:
    payload = pull("closed", **more)
    request = payload["pull_request"]
    made = payloads.closed(payloads.repository(payload["repository"]), request, [{}] * 3)
    assert said(imported("pull_request", made)) == said(
        transformed(received("pull_request", payload))
    )


def test_that_a_pull_request_was_opened_is_told_alike_but_for_how_many_commits_it_had() -> None:
    payload = pull("opened")
    made = payloads.opened(payloads.repository(payload["repository"]), payload["pull_request"])
    [there], [here] = (
        said(transformed(received("pull_request", payload))),
        said(imported("pull_request", made)),
    )
    del there["customData"]["commits"]
    assert here == there


def test_an_incident_is_one_whatever_happened_to_it() -> None:
    closed = issue("closed", "Incident", **CLOSED)
    kinds = [event.type.split(".")[2:4] for event in imported("issues", of_issue(closed))]
    assert ["incident", "resolved"] in kinds


FOLDER = SHARED / "payloads/github"
FILES = [
    path
    for event, actions in ACTIONS.items()
    for path in sorted((FOLDER / event).glob("*.json"))
    if json_codec.decode(path.read_bytes()).get("action") in actions
]


@needs_shared
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_recorded_webhook_is_told_alike_both_ways(path: Path) -> None:
    event, payload = path.parent.name, json_codec.decode(path.read_bytes())
    assert said(imported(event, MADE[event](payload))) == said(
        transformed(received(event, payload))
    )
