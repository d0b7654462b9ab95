"""Every GitHub body passes the receiver and means what the story says."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

import pytest

from streamgauge import CDEvent, StatefulTransformer, cdevents
from streamgauge.cdevents import COMMITS_PUSHED, DEPLOYMENT_FAILED
from streamgauge.errors import WebhookRefused
from streamgauge.settings import Settings
from streamgauge_demo import github
from streamgauge_demo.company import SERVICES
from streamgauge_demo.facts import Change, Deployment, Incident
from streamgauge_demo.requests import Request, Window
from streamgauge_demo.story import LONGEST
from streamgauge_demo.work import work_on
from streamgauge_github import transformers
from tests.demo.helpers import (
    DAYS,
    SECRET,
    TODAY,
    after,
    always,
    as_sdk,
    everything,
    history,
    named,
    received,
)


def transformed(requests: list[Request]) -> list[CDEvent]:
    """What the plugin's transformers make of the requests; every event must pass the gate."""
    found: list[CDEvent] = []
    states: dict[str, str] = {}
    both = transformers(Settings())
    for request in requests:
        event = as_sdk(received(request))
        for transformer in both:
            if not isinstance(transformer, StatefulTransformer):
                found += transformer.transform(event)
            elif (key := transformer.state_key(event)) is not None:
                kept = json.loads(states[key]) if key in states else None
                told, state = transformer.transform_with_state(event, kept)
                states[key] = json.dumps(state)
                found += told
    for cdevent in found:
        cdevents.validate(json.loads(json.dumps(cdevent.document)))
    return found


def predicate(cdevent: CDEvent) -> str:
    """``service.deployed``"""
    return ".".join(cdevent.type.split(".")[2:4])


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_every_webhook_is_taken_and_means_something(day: date) -> None:
    requests = [r for r in everything(day) if r.path == github.PATH]
    sent = Counter(
        (r.headers["X-GitHub-Event"], json.loads(r.body).get("action")) for r in requests
    )
    assert {event for event, _ in sent} == {
        *("pull_request", "pull_request_review", "push", "workflow_run"),
        *("deployment_status", "release", "issues"),
    }
    pushes = [json.loads(r.body) for r in requests if r.headers["X-GitHub-Event"] == "push"]
    told = Counter(predicate(cdevent) for cdevent in transformed(requests))
    assert told["change.created"] == sent["pull_request", "opened"]
    assert told["change.reviewed"] == sent["pull_request_review", "submitted"]
    assert told["change.updated"] == sent["pull_request", "synchronize"]
    on_main = [push for push in pushes if push["ref"] == "refs/heads/main"]
    assert told["change.merged"] == sent["pull_request", "closed"] == len(on_main)
    assert told["streamgauge-commits.pushed"] == len(pushes)
    assert told["branch.created"] == sum(push["created"] for push in pushes)
    assert told["pipelinerun.finished"] == sent["workflow_run", "completed"]
    assert told["artifact.published"] == sent["release", "published"]
    assert told["incident.detected"] == told["ticket.created"] == sent["issues", "opened"]
    assert told["incident.resolved"] == told["ticket.closed"] == sent["issues", "closed"]


@pytest.mark.parametrize("name", ["shop", "payments"])
def test_the_deployments_are_those_of_the_story(name: str) -> None:
    facts = history(named(name))
    requests = [
        request
        for request in sorted(github.requests(facts, always(TODAY), SECRET), key=lambda r: r.at)
        if request.headers["X-GitHub-Event"] == "deployment_status"
    ]
    told = [
        (predicate(c), c.content["environment"]["id"], c.timestamp, c.custom_data["commit"])
        for c in transformed(requests)
        if predicate(c).startswith("service.") or c.type == DEPLOYMENT_FAILED
    ]
    known: set[str] = set()
    expected = []
    for fact in facts:
        if isinstance(fact, Deployment):
            meant = {"failure": "streamgauge-deployment.failed", "rollback": "service.rolledback"}
            first = fact.environment not in known and fact.result == "success"
            if first:
                known.add(fact.environment)
            success = "service.deployed" if first else "service.upgraded"
            done = meant.get(fact.result, success)
            expected.append((done, fact.environment, fact.ended, fact.change.commit))
    assert sorted(told) == sorted(expected)
    assert len({done for done, *_ in told}) == 4


def test_changes_and_incidents_keep_their_times() -> None:
    facts = history(SERVICES[0], after(TODAY, LONGEST.days))
    window = Window.before(TODAY)
    told = transformed(list(github.requests(facts, window, SECRET)))
    by_kind: dict[str, list[object]] = {}
    for cdevent in told:
        by_kind.setdefault(predicate(cdevent), []).append(cdevent.timestamp)
    changes = [fact for fact in facts if isinstance(fact, Change)]
    incidents = [fact for fact in facts if isinstance(fact, Incident)]
    for kind, moments in {
        "change.created": [change.opened for change in changes],
        "change.merged": [change.at for change in changes],
        "incident.detected": [incident.at for incident in incidents],
        "incident.resolved": [incident.resolved for incident in incidents],
    }.items():
        assert sorted(by_kind[kind]) == sorted(m for m in moments if m in window)  # type: ignore[type-var]


def test_each_branch_is_a_chain_of_pushes_and_the_changes_know_its_commits() -> None:
    told = transformed(list(github.requests(history(named("payments")), always(TODAY), SECRET)))
    told.sort(key=lambda cdevent: cdevent.timestamp)
    branches: dict[str, list[str]] = {}
    heads: dict[str, str | None] = {}
    for cdevent in told:
        if cdevent.type == COMMITS_PUSHED:
            name, new = cdevent.content["branch"], cdevent.content["commits"]
            assert name not in heads or heads[name] == cdevent.content["before"]
            heads[name] = cdevent.content["after"]
            assert new[-1]["id"] == heads[name]
            branches.setdefault(name, []).extend(commit["id"] for commit in new)
        elif predicate(cdevent) == "change.merged":
            known = cdevent.custom_data
            assert known["head"] == branches[known["headBranch"]][-1]
            assert known["commits"] == len(branches[known["headBranch"]])
    main = branches.pop("main")
    changes = [fact for fact in history(named("payments")) if isinstance(fact, Change)]
    assert set(branches) == {f"change-{change.number}" for change in changes}
    assert main == [commit.id for change in changes for commit in work_on(change).merged.commits]


def test_a_hotfix_is_labelled_and_a_revert_names_what_it_takes_back() -> None:
    changes = [fact for fact in history(named("shop")) if isinstance(fact, Change)]
    told = transformed(list(github.requests(changes, always(TODAY), SECRET)))
    merged = {c.custom_data["number"]: c for c in told if predicate(c) == "change.merged"}
    assert {change.number for change in changes} == set(merged)
    for change in changes:
        known = merged[change.number].custom_data
        labels = ["hotfix"] if change.hotfix and change.reverts is None else None
        assert (known["title"], known.get("labels")) == (change.title, labels)


def test_an_incident_names_its_cause_when_it_is_closed() -> None:
    (incident, *_) = (
        fact
        for fact in history(SERVICES[0])
        if isinstance(fact, Incident) and fact.cause is not None
    )
    told = transformed(list(github.requests([incident], always(TODAY), SECRET)))
    causes = {predicate(c): c.custom_data.get("rootCause") for c in told}
    assert incident.cause is not None
    assert causes["incident.detected"] is None
    assert causes["incident.resolved"] == incident.cause.commit


def test_under_another_secret_the_signature_does_not_match() -> None:
    facts = history(SERVICES[0])
    request = next(github.requests(facts, Window.before(TODAY), b"another secret"))
    with pytest.raises(WebhookRefused):
        received(request)


def test_what_another_tool_reports_github_does_not() -> None:
    for service in SERVICES:
        deliveries = [delivery for fact in history(service) for delivery in github.deliveries(fact)]
        deploys = any(event == "deployment_status" for _, event, _, _ in deliveries)
        assert deploys == (service.reported_by == "github")
