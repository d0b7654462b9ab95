"""A change at GitHub, from its branch to production, as its webhooks tell of it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tests.plugins.github.samples import (
    API,
    MERGED,
    NO_COMMIT,
    ONE,
    THREE,
    TWO,
    Payload,
    commit,
    deployment,
    image,
    issue,
    pull,
    push,
    review,
)
from tests.service import Service

CHANGE = f"{API}/pulls/12"
SHOP = "github.com/acme/shop"
PRODUCTION = "Acme/Shop"
"""The service, as the webhooks name it."""
MARCH = {"from": "2026-03-01", "to": "2026-03-29"}


def pushed(ref: str, before: str, after: str, at: str) -> Payload:
    payload = push(ref, before=before, after=after, commits=[commit(after)])
    payload["repository"]["pushed_at"] = int(datetime.fromisoformat(at).timestamp())
    return payload


def deployed(number: int, commit: str, at: str) -> Payload:
    return deployment("success", number=number, commit=commit, at=at)


STORY: list[tuple[str, str, Payload]] = [
    ("push-first", "push", pushed("refs/heads/main", NO_COMMIT, ONE, "2026-03-01T10:00:00Z")),
    ("deploy-first", "deployment_status", deployed(80, ONE, "2026-03-01T12:00:00Z")),
    ("push-branch", "push", pushed("refs/heads/hats", ONE, TWO, "2026-03-02T08:00:00Z")),
    ("opened", "pull_request", pull("opened")),
    ("reviewed", "pull_request_review", review("submitted")),
    ("merged", "pull_request", pull("closed", **MERGED)),
    ("push-merge", "push", pushed("refs/heads/main", ONE, THREE, "2026-03-02T11:00:00Z")),
    ("image", "package", image("package")),
    ("deploy-hats", "deployment_status", deployed(81, THREE, "2026-03-03T12:00:00Z")),
    ("deploy-again", "deployment_status", deployed(82, THREE, "2026-03-05T12:00:00Z")),
    ("incident", "issues", issue("opened", "bug", "Incident")),
]
"""Delivery id, event and payload."""


def deliver(service: Service, *story: tuple[str, str, Payload]) -> None:
    send(service, *story)
    service.settle()


def send(service: Service, *story: tuple[str, str, Payload]) -> None:
    for delivery, event, payload in story:
        headers = {
            "content-type": "application/json",
            "x-github-event": event,
            "x-github-delivery": delivery,
        }
        answer = service.request("POST", "/webhooks/github", json.dumps(payload).encode(), headers)
        assert answer.status == 202, answer.body


def listed(service: Service, name: str, **parameters: Any) -> list[Any]:
    answer = service.get(f"/v1/{name}", **parameters)
    assert answer.status == 200, answer.body
    items: list[Any] = answer.json["items"]
    return items
