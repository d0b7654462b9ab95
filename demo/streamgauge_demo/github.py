"""The facts as GitHub's webhooks: signed requests to /webhooks/github."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from streamgauge_demo import payloads, pulls
from streamgauge_demo.facts import Change, Deployment, Fact, Incident
from streamgauge_demo.payloads import Payload
from streamgauge_demo.requests import Request, Window, guid, json_body, written
from streamgauge_demo.story import LONGEST
from streamgauge_demo.work import branch, work_on

PATH = "/webhooks/github"

Delivery = tuple[datetime, str, str, Payload]
"""When, the event, the lane, the payload."""


def requests(facts: Iterable[Fact], window: Window, secret: bytes) -> Iterator[Request]:
    """The deliveries that GitHub would have made within the window."""
    for fact in facts:
        if window.start - LONGEST <= fact.at < window.end + LONGEST:
            for at, event, lane, payload in deliveries(fact):
                if at in window:
                    yield _request(at, event, lane, payload, secret)


def deliveries(fact: Fact) -> Iterator[Delivery]:
    """What GitHub has to say about a fact."""
    if isinstance(fact, Change):
        yield from _of_change(fact)
    elif isinstance(fact, Incident):
        lane = f"{fact.service.full_name} issue {fact.number}"
        yield fact.at, "issues", lane, payloads.issue(fact, "opened")
        yield fact.resolved, "issues", lane, payloads.issue(fact, "closed")
    elif isinstance(fact, Deployment):
        yield from _of_release(fact)
        if fact.service.reported_by == "github":
            yield from _of_deployment(fact)


def _of_change(change: Change) -> Iterator[Delivery]:
    lane = f"{change.service.full_name} pull {change.number}"
    work = work_on(change)
    first, *late = work.pushes
    pull = partial(pulls.pull_request, change, work)
    yield first.at, "push", lane, pulls.push(change, branch(change), first)
    yield change.opened, "pull_request", lane, pull("opened", change.opened)
    for pushed in late:
        yield pushed.at, "push", lane, pulls.push(change, branch(change), pushed)
        yield pushed.at, "pull_request", lane, pull("synchronize", pushed.at)
    yield work.reviewed, "pull_request_review", lane, pulls.review(change, work)
    yield change.at, "pull_request", lane, pull("closed", change.at)
    yield change.at, "push", lane, pulls.push(change, "main", work.merged)
    yield from _of_build(change, lane)


def _of_build(change: Change, lane: str) -> Iterator[Delivery]:
    started = change.at + timedelta(seconds=5)
    for attempt in range(1, change.attempts + 1):
        last = attempt == change.attempts
        ended = change.built if last else started + timedelta(minutes=4)
        result = "success" if last else "failure"
        payload = payloads.workflow_run(change, attempt, started, ended, result)
        yield ended, "workflow_run", lane, payload
        started = ended + timedelta(minutes=1)


def _of_release(deployment: Deployment) -> Iterator[Delivery]:
    """Where changes are collected for a release, the release is published before it is deployed."""
    collected = deployment.service.changes_a_day > 0
    new = deployment.environment == "production" and deployment.result != "rollback"
    if collected and new:
        at = deployment.at - timedelta(minutes=2)
        lane = f"{deployment.service.full_name} release {deployment.change.version}"
        yield at, "release", lane, payloads.release(deployment.change, at)


def _of_deployment(deployment: Deployment) -> Iterator[Delivery]:
    """In one lane, for what a success means depends on the one before it in the environment."""
    lane = f"{deployment.service.full_name} deploys to {deployment.environment}"
    end = "failure" if deployment.result == "failure" else "success"
    for at, state in ((deployment.at, "in_progress"), (deployment.ended, end)):
        yield at, "deployment_status", lane, payloads.deployment_status(deployment, state, at)


def _request(at: datetime, event: str, lane: str, payload: Payload, secret: bytes) -> Request:
    body = json_body(payload)
    action = str(payload.get("action", ""))
    return Request(
        at=at,
        lane=lane,
        path=PATH,
        headers={
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/demo",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": guid(lane, event, action, written(at)),
            # Over the bytes as they are sent.
            "X-Hub-Signature-256": "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest(),
        },
        body=body,
    )
