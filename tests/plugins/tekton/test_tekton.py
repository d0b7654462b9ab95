"""What the conformance suite cannot know of Tekton: ways in, secrets, settings, orders."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import WebhookRequest
from streamgauge.cdevents import kind_of
from streamgauge.errors import SettingsError, WebhookRefused
from streamgauge.settings import Settings
from streamgauge.sources.captured import read_cases
from streamgauge_tekton.options import options_of
from tests.plugins.runs import offline, told, ways

CASES = {case.name: case.deliveries for case in read_cases(Path(__file__).parent / "cases")}
[STARTED] = CASES["pipelinerun-started"]
RULE: dict[str, Any] = {"allow_unsigned": True, "deployments": ["deploy-*"]}


def asked(delivery: WebhookRequest, **query: str) -> WebhookRequest:
    return dataclasses.replace(delivery, query=query)


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_comes_in_at_the_root_is_the_same(name: str) -> None:
    run = offline("tekton", **RULE)
    made = told(run, "tekton", *CASES[name])
    other = told(offline("tekton", **RULE), "cloudevents", *CASES[name])
    assert [event.document for event in made] == [event.document for event in other]
    assert told(run, "cloudevents", *CASES[name]) == []


def test_the_cluster_is_named_by_the_event_else_the_address_else_the_settings() -> None:
    run = offline("tekton", allow_unsigned=True, cluster="set")
    [event] = told(run, "tekton", asked(STARTED, cluster="asked"))
    assert event.source == "asked/apis/tekton.dev/namespaces/delivery"
    assert event.custom_data["cluster"] == "asked"
    [event] = told(offline("tekton", allow_unsigned=True, cluster="set"), "tekton", STARTED)
    assert event.custom_data["cluster"] == "set"
    [named] = CASES["pipelinerun-of-a-cluster"]
    [event] = told(offline("tekton", allow_unsigned=True), "tekton", asked(named, cluster="asked"))
    assert event.custom_data["cluster"] == "prod-eu"


@pytest.mark.parametrize("cluster", ["1:2", "a b", "//[", "%", "é"])
def test_a_cluster_of_any_name_gives_a_source(cluster: str) -> None:
    [event] = told(offline("tekton", allow_unsigned=True, cluster=cluster), "tekton", STARTED)
    assert event.source.endswith("/apis/tekton.dev/namespaces/delivery")


def test_the_secret_may_stand_in_the_address_or_in_a_header() -> None:
    run = offline("tekton", secret=["new", "old"])
    for secret in ("new", "old"):
        assert len(run.receive("tekton", asked(STARTED, secret=secret, cluster="c"))) == 1
    headed = dataclasses.replace(STARTED, headers={**STARTED.headers, "tekton-secret": "new"})
    assert len(run.receive("tekton", headed)) == 1
    for query in ({}, {"secret": "wrong"}):
        with pytest.raises(WebhookRefused):
            run.receive("tekton", asked(STARTED, **query))


def test_without_a_dashboard_the_uid_is_the_uri() -> None:
    [event] = told(offline("tekton", allow_unsigned=True), "tekton", STARTED)
    assert event.content["uri"] == "urn:uuid:5f0c2b2e-2d1a-4b6a-9b1e-000000000001"
    assert "url" not in event.custom_data


def test_a_dashboard_is_an_address() -> None:
    with pytest.raises(SettingsError, match=r"plugins\.tekton\.dashboard must be an http address"):
        options_of(Settings(plugins={"tekton": {"dashboard": "tekton"}}))


def test_a_run_is_a_deployment_by_its_namespace_and_pipeline_too() -> None:
    case = CASES["pipelinerun-successful"]
    run = offline("tekton", allow_unsigned=True, deployments=["delivery/shop-*"])
    kinds = [kind_of(event.type) for event in told(run, "tekton", *case)]
    assert kinds == ["pipelinerun.finished", "service.deployed"]


def test_what_says_itself_that_it_deploys_is_no_second_deployment_by_the_rule() -> None:
    run = offline("tekton", allow_unsigned=True, deployments=["shop-ship"])
    kinds = [kind_of(event.type) for event in told(run, "tekton", *CASES["service-deployed"])]
    assert kinds == ["pipelinerun.finished", "service.deployed"]


WAY = ways("tekton", **RULE)
ALL = [*CASES["deployments-by-the-rule"], *CASES["service-of-a-task-and-its-pipeline-is-one"]]


@given(st.data())
def test_any_order_and_repetition_gives_the_same_occurrences(data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(ALL)))
    shuffled = data.draw(st.permutations([*ALL, *again]))
    one = told(WAY(), "tekton", *ALL)
    other = told(WAY(), "tekton", *shuffled)
    assert {(e.id, e.subject_id, e.timestamp) for e in one} == {
        (e.id, e.subject_id, e.timestamp) for e in other
    }
