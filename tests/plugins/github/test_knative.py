"""The same notification by Knative's GitHubSource, which loses fields and adds zero values."""

from __future__ import annotations

import pytest

from streamgauge.cdevents import validate

from .samples import API, CASES, WEB, deployment, from_knative, received, transformed

# What GitHubSource forwards; the newer events it does not know.
FORWARDED = {
    "check_run",
    "check_suite",
    "create",
    "delete",
    "deployment",
    "deployment_status",
    "issue_comment",
    "issues",
    "pull_request",
    "pull_request_review",
    "push",
    "release",
    "repository",
    "status",
}
# Without transient_environment a preview that is gone cannot be told from a superseded one.
LOST = {"deployment-preview-gone"}


@pytest.mark.parametrize(
    "name", sorted(name for name, (event, _) in CASES.items() if event in FORWARDED)
)
def test_gives_the_same_cdevents(name: str) -> None:
    raw = transformed(received(*CASES[name]))
    knative = transformed(from_knative(*CASES[name]))
    for event in knative:
        validate(event.document)
    expected = [] if name in LOST else [(e.id, e.type, e.source) for e in raw]
    assert [(event.id, event.type, event.source) for event in knative] == expected


def test_the_two_cloudevents_do_not_collide() -> None:
    raw, knative = received(*CASES["pull-merged"]), from_knative(*CASES["pull-merged"])
    assert raw.get_id() == knative.get_id()
    assert (raw.get_source(), knative.get_source()) == (API, WEB)


def test_the_component_is_lost_on_the_way() -> None:
    payload = deployment("success", payload={"component": "checkout"})
    [raw] = transformed(received("deployment_status", payload))
    [knative] = transformed(from_knative("deployment_status", payload))
    assert (raw.subject_id, knative.subject_id) == ("Acme/Shop/checkout", "Acme/Shop")
    assert raw.id == knative.id


def test_the_page_in_the_source_stands_in_for_the_repository() -> None:
    event, payload = CASES["issue-opened"]
    [made] = transformed(from_knative(event, {**payload, "repository": None}))
    assert made.source == WEB
