"""What the conformance suite cannot know of Spinnaker: secrets, its forms of CDEvents, orders."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import WebhookRequest
from streamgauge.cdevents import kind_of
from streamgauge.errors import InvalidCDEvent, InvalidInput, SettingsError, WebhookRefused
from streamgauge.settings import Settings
from streamgauge.sources.captured import read_cases
from streamgauge_spinnaker.options import options_of
from tests.plugins.runs import delivery, offline, told, ways

CASES = {case.name: case.deliveries for case in read_cases(Path(__file__).parent / "cases")}
[STARTING] = CASES["pipeline-starting"]
FORMS = [name for name in sorted(CASES) if name.startswith("cdevent-")]


def changed(request: WebhookRequest, **content: Any) -> WebhookRequest:
    data = json.loads(request.body)
    data["content"] |= content
    data["eventId"] = json.dumps(content)
    return dataclasses.replace(request, body=json.dumps(data).encode())


@pytest.mark.parametrize("way", ["path", "query", "bearer"])
def test_the_secret_may_stand_in_the_path_too(way: str) -> None:
    """Echo's CDEvents notifications cut the query off an address."""
    run = offline("spinnaker", secret="right")

    def showing(secret: str) -> WebhookRequest:
        if way == "path":
            return dataclasses.replace(STARTING, path_parameters={"secret": secret})
        if way == "query":
            return dataclasses.replace(STARTING, query={"secret": secret})
        headers = {**STARTING.headers, "authorization": f"Bearer {secret}"}
        return dataclasses.replace(STARTING, headers=headers)

    assert len(run.receive("spinnaker", showing("right"))) == 1
    with pytest.raises(WebhookRefused):
        run.receive("spinnaker", showing("wrong"))


def test_a_cdevent_is_the_same_in_every_form_that_it_has() -> None:
    made = [told(offline("spinnaker", allow_unsigned=True), "spinnaker", *CASES[f]) for f in FORMS]
    assert len(FORMS) == 4
    assert {json.dumps([event.document for event in events]) for events in made} == {
        json.dumps([event.document for event in made[0]])
    }


def test_a_cdevent_that_is_wrong_is_refused_with_its_place() -> None:
    data = json.loads(CASES["cdevent-structured-labelled-json"][0].body)
    data["data"]["subject"]["content"]["outcome"] = 7
    with pytest.raises(InvalidCDEvent) as caught:
        offline("spinnaker", allow_unsigned=True).receive("spinnaker", delivery(data))
    assert caught.value.where == "/subject/content/outcome"


@pytest.mark.parametrize(
    "data", [{}, {"details": 7}, {"payload": {"content": {}}}, {"context": {}}]
)
def test_what_is_neither_is_refused(data: Any) -> None:
    with pytest.raises(InvalidInput, match="neither an event of echo"):
        offline("spinnaker", allow_unsigned=True).receive("spinnaker", delivery(data))


@pytest.mark.parametrize("kind", [None, "", "über:alles", "a b"])
def test_an_event_without_a_type_is_refused(kind: str | None) -> None:
    request = delivery({"details": {"source": "orca", "type": kind}, "content": {}})
    with pytest.raises(InvalidInput) as caught:
        offline("spinnaker", allow_unsigned=True).receive("spinnaker", request)
    assert caught.value.where == "/details/type"


def test_an_instance_is_an_address() -> None:
    with pytest.raises(SettingsError, match=r"plugins\.spinnaker\.instance"):
        options_of(Settings(plugins={"spinnaker": {"instance": "deck"}}))


def test_the_account_is_the_environment_unless_a_setting_says_otherwise() -> None:
    case = CASES["deployment-of-a-container-cluster"]

    def environment(**options: Any) -> Any:
        made = told(offline("spinnaker", allow_unsigned=True, **options), "spinnaker", *case)
        return made[-1].content["environment"]["id"]

    assert environment() == "titus"
    assert environment(environment="live") == "live"
    assert environment(environments={"titus": "production"}) == "production"
    assert environment(environments={"shop/*": "shops", "titus": "production"}) == "shops"


def test_a_stage_that_is_started_again_runs_again() -> None:
    [one] = CASES["deployment-of-a-commit-alone"]
    run = offline("spinnaker", allow_unsigned=True)
    kinds = [kind_of(event.type) for event in told(run, "spinnaker", one)]
    again = changed(one, endTime=json.loads(one.body)["content"]["endTime"] + 60_000)
    assert [kind_of(event.type) for event in told(run, "spinnaker", again)] == kinds


def test_an_execution_that_is_left_out_leaves_the_run_of_the_stage() -> None:
    """`echo.events.includeFullExecution: false` leaves it out of what is told of tasks alone."""
    [one] = CASES["stage-complete-succeeded"]
    data = json.loads(one.body)
    del data["content"]["execution"]
    made = told(offline("spinnaker", allow_unsigned=True), "spinnaker", delivery(data))
    assert [(event.subject_id, event.content["outcome"]) for event in made] == [
        ("01HSTAGE0001", "success")
    ]


WAY = ways("spinnaker", allow_unsigned=True)
ALL = CASES["deployments-of-manifests"]


@given(st.data())
def test_any_order_and_repetition_gives_the_same_occurrences(data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(ALL)))
    shuffled = data.draw(st.permutations([*ALL, *again]))
    one, other = told(WAY(), "spinnaker", *ALL), told(WAY(), "spinnaker", *shuffled)
    assert {(e.id, e.subject_id, e.timestamp) for e in one} == {
        (e.id, e.subject_id, e.timestamp) for e in other
    }
