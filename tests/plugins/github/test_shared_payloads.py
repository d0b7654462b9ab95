"""Real payloads, which are not part of this project: skipped where they are not at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from streamgauge import CloudEvent, WebhookRequest
from streamgauge.cdevents import kind_of, validate
from streamgauge.cloudevents import http_binding, to_sdk
from streamgauge_github import receivers

from .samples import ACCEPTED, settings, transformed

SHARED = Path(os.environ.get("STREAMGAUGE_SHARED", Path(__file__).parents[4] / "shared"))
PAYLOADS = SHARED / "payloads"
FILES = sorted(
    str(file.relative_to(PAYLOADS))
    for folder in ("github", "knative-githubsource")
    for file in PAYLOADS.glob(f"{folder}/**/*.json")
    if not file.name.endswith(".headers.json")
)

TASK, UPDATED, TICKET = ("taskrun.finished",), ("change.updated",), ("ticket.updated",)

EXPECTED: dict[str, tuple[str, ...]] = {
    "github/check_run/completed": TASK,
    "github/check_run/completed.1": (),  # of GitHub Actions
    "github/check_run/created": ("taskrun.started",),
    "github/check_run/requested_action": (),
    "github/check_run/rerequested": (),
    "github/create/": (),
    "github/delete/": (),
    "github/deployment/": (),
    "github/deployment_status/gh-pages": (),  # in progress
    "github/deployment_status/payload": ("service.deployed",),
    "github/deployment_status/with-installation": ("service.deployed",),
    "github/issue_comment/": (),
    "github/issues/assigned": TICKET,
    "github/issues/deleted": TICKET,
    "github/issues/demilestoned": (),  # of a pull request
    "github/issues/edited": TICKET,
    "github/issues/labeled": TICKET,
    "github/issues/locked": TICKET,
    "github/issues/milestoned": (),  # of a pull request
    "github/issues/opened": ("ticket.created",),
    "github/issues/pinned": TICKET,
    "github/issues/reopened": TICKET,
    "github/issues/transferred": (),  # of a pull request
    "github/issues/unassigned": TICKET,
    "github/issues/unlabeled": TICKET,
    "github/issues/unlocked": TICKET,
    "github/issues/unpinned": TICKET,
    "github/package/published.docker": (),  # no tag
    "github/package/published.npm": ("artifact.published",),
    "github/pull_request/assigned": UPDATED,
    "github/pull_request/closed": ("change.abandoned",),
    "github/pull_request/converted_to_draft": UPDATED,
    "github/pull_request/labeled": UPDATED,
    "github/pull_request/locked": UPDATED,
    "github/pull_request/opened": ("change.created",),
    "github/pull_request/ready_for_review": UPDATED,
    "github/pull_request/reopened": UPDATED,
    "github/pull_request/review_request_removed": UPDATED,
    "github/pull_request/review_requested": UPDATED,
    "github/pull_request/synchronize": UPDATED,
    "github/pull_request/unassigned": UPDATED,
    "github/pull_request/unlabeled": UPDATED,
    "github/pull_request/unlocked": UPDATED,
    "github/pull_request_review/dismissed": (),
    "github/pull_request_review/submitted": ("change.reviewed",),
    "github/push/": (),  # a tag that goes away
    "github/push/with-new-branch": ("branch.created", "dev.cdeventsx.streamgauge-commits.pushed"),
    "github/push/with-no-username-committer": (
        "branch.created",
        "dev.cdeventsx.streamgauge-commits.pushed",
    ),
    "github/registry_package/published.docker": (),  # no tag
    "github/release/created": (),
    "github/release/deleted": (),
    "github/release/edited": (),
    "github/release/prereleased": (),
    "github/release/published": ("artifact.published",),
    "github/release/released": (),
    "github/workflow_job/completed": TASK,
    "github/workflow_job/in_progress": ("taskrun.started",),
    "github/workflow_job/queued": (),
    "github/workflow_job/waiting": (),
    "github/workflow_run/completed": ("pipelinerun.finished",),
    "github/workflow_run/requested": ("pipelinerun.queued",),
    "knative-githubsource/check_run": TASK,
    "knative-githubsource/deployment.": (),
    "knative-githubsource/deployment_status": ("service.deployed",),
    "knative-githubsource/issues": ("ticket.created",),
    "knative-githubsource/pull_request": ("change.abandoned",),
    "knative-githubsource/push": (),
    "knative-githubsource/release": ("artifact.published",),
}
"""The start of a file's name to the kinds that it gives; the longest start that fits holds."""

pytestmark = pytest.mark.skipif(not FILES, reason="the shared payloads are not here")


@pytest.mark.parametrize("file", [file for file in FILES if not file.startswith("github/ping/")])
def test_each_gives_what_the_table_says(file: str) -> None:
    start = max((start for start in EXPECTED if file.startswith(start)), key=len)
    made = transformed(event_of(file))
    for event in made:
        validate(event.document)
    assert tuple(kind_of(event.type) for event in made) == EXPECTED[start]


@pytest.mark.parametrize("file", [file for file in FILES if file.startswith("github/ping/")])
def test_a_ping_is_no_event(file: str) -> None:
    [receiver] = receivers(settings(allow_unsigned=True))
    assert receiver.receive(request_of(file)) == []


def test_every_row_of_the_table_is_needed() -> None:
    unused = {start for start in EXPECTED if not any(file.startswith(start) for file in FILES)}
    assert not unused


def test_raw_and_knative_say_the_same() -> None:
    pairs = {
        "issues.json": "issues/opened.payload.json",
        "pull_request.json": "pull_request/closed.payload.json",
        "deployment_status.json": "deployment_status/payload.json",
        "release.json": "release/published.payload.json",
        "check_run.json": "check_run/completed.payload.json",
    }
    for knative, raw in pairs.items():
        one = transformed(event_of(f"knative-githubsource/{knative}"))
        other = transformed(event_of(f"github/{raw}"))
        assert [(e.id, e.source) for e in one] == [(e.id, e.source) for e in other], raw


def event_of(file: str) -> CloudEvent:
    """The event that the transformer is given for a delivery in `file`."""
    request = request_of(file)
    if file.startswith("knative"):
        # An adapter has nothing to put into some of its headers; the gateway drops those.
        headers = {name: value for name, value in request.headers.items() if value}
        [event] = http_binding.parse([*headers.items()], request.body, max_batch_events=1)
    else:
        [receiver] = receivers(settings(allow_unsigned=True))
        [event] = receiver.receive(request)
    return to_sdk(event.state, ACCEPTED)


def request_of(file: str) -> WebhookRequest:
    headers = json.loads((PAYLOADS / file).with_suffix(".headers.json").read_text("utf-8"))
    body = (PAYLOADS / file).read_bytes()
    return WebhookRequest({name.lower(): value for name, value in headers.items()}, body, {})
