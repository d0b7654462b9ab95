"""What the conformance suite cannot know of Jenkins: the other plugin, instances, orders."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import WebhookRequest
from streamgauge.errors import SettingsError, UnsupportedMediaType, WebhookRefused
from streamgauge.settings import Settings
from streamgauge.sources import digest
from streamgauge.sources.captured import read_cases
from streamgauge_jenkins.options import options_of
from tests.plugins.runs import offline, told, ways

CASES = {case.name: case.deliveries for case in read_cases(Path(__file__).parent / "cases")}
[STARTED] = CASES["job-started"]
RULE: dict[str, Any] = {"allow_unsigned": True, "deployments": ["deploy-*"]}
WRITTEN_OUT = (
    b"CloudEvent{id='1', source=job/shop/7/, type='dev.cdevents.pipelinerun.started.0.1.0', "
    b"data=BytesCloudEventData{value=[123, 34]}, extensions={}}"
)


def changed(delivery: WebhookRequest, **build: Any) -> WebhookRequest:
    data = json.loads(delivery.body)
    data["build"] |= build
    body = json.dumps(data).encode()
    headers = {**delivery.headers, "ce-id": digest(body)}
    return dataclasses.replace(delivery, headers=headers, body=body)


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_comes_in_at_the_root_is_the_same(name: str) -> None:
    made = told(offline("jenkins", **RULE), "jenkins", *CASES[name])
    other = told(offline("jenkins", **RULE), "cloudevents", *CASES[name])
    assert [event.document for event in made] == [event.document for event in other]


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_the_sink_that_sends_no_json_is_refused_with_what_to_do(content_type: str) -> None:
    run = offline("jenkins", secret="s")
    request = WebhookRequest({"content-type": content_type}, WRITTEN_OUT, {"secret": "s"})
    with pytest.raises(UnsupportedMediaType, match="cloudevents-plugin instead") as caught:
        run.receive("jenkins", request)
    assert caught.value.where == "body"
    with pytest.raises(WebhookRefused):
        run.receive("jenkins", dataclasses.replace(request, query={}))


def test_the_secret_may_stand_in_the_address() -> None:
    run = offline("jenkins", secret=["new", "old"])
    for secret in ("new", "old"):
        assert run.receive("jenkins", dataclasses.replace(STARTED, query={"secret": secret}))
    with pytest.raises(WebhookRefused):
        run.receive("jenkins", dataclasses.replace(STARTED, query={"secret": "older"}))


def test_the_instance_is_the_addresss_else_the_builds_own_else_the_settings() -> None:
    run = offline("jenkins", allow_unsigned=True, instance="https://set.example/ci/")
    asked = dataclasses.replace(changed(STARTED), query={"instance": "https://asked.example/"})
    subjects = [
        event.subject_id
        for event in told(run, "jenkins", asked, STARTED, changed(STARTED, fullUrl=None))
    ]
    path = "job/team/job/shop/41/"
    assert subjects == [
        f"https://asked.example/{path}",
        f"https://ci.lantern.example/{path}",
        f"https://set.example/ci/{path}",
    ]


def test_a_jenkins_that_nobody_names_is_nowhere() -> None:
    [event] = told(
        offline("jenkins", allow_unsigned=True), "jenkins", changed(STARTED, fullUrl=None)
    )
    assert event.source == "http://jenkins.invalid/job/team/job/shop/"


def test_an_instance_is_an_address() -> None:
    with pytest.raises(SettingsError, match=r"plugins\.jenkins\.instance"):
        options_of(Settings(plugins={"jenkins": {"instance": "blue"}}))


def test_a_job_that_is_made_anew_has_other_builds() -> None:
    run = offline("jenkins", allow_unsigned=True)
    assert len(told(run, "jenkins", STARTED, changed(STARTED, queueId=977))) == 2


WAY = ways("jenkins", **RULE)
ALL = [*CASES["deployments-by-the-rule"], *CASES["completed-finalized-and-failed-are-one"]]


@given(st.data())
def test_any_order_and_repetition_gives_the_same_occurrences(data: st.DataObject) -> None:
    """Their times may differ by what lies between completed and finalized."""
    again = data.draw(st.lists(st.sampled_from(ALL)))
    shuffled = data.draw(st.permutations([*ALL, *again]))
    one, other = told(WAY(), "jenkins", *ALL), told(WAY(), "jenkins", *shuffled)
    assert {(e.id, e.subject_id) for e in one} == {(e.id, e.subject_id) for e in other}
