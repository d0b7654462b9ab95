"""Stages and releases that are deployments."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import WebhookRequest

from .samples import delivery, kinds, offline, told

STAGES, RELEASES = (
    "stage-deployed-upgraded-and-rolled-back",
    "release-deployed-upgraded-and-rolled-back",
)
SEQUENCES = {
    STAGES: [delivery(f"{STAGES}/{each}") for each in ("01-first", "02-second", "03-first-again")],
    RELEASES: [
        delivery(f"{RELEASES}/{each}") for each in ("01-release-4", "02-release-5", "03-release-4")
    ],
}
RULE = {"deployments": ["Deploy_*"]}


def services(made: list[str]) -> list[str]:
    return [kind for kind in made if kind.startswith(("service", "dev"))]


def test_without_a_setting_only_releases_deploy() -> None:
    assert services(kinds(told(offline(), *SEQUENCES[STAGES]))) == []
    assert len(services(kinds(told(offline(), *SEQUENCES[RELEASES])))) == 3


@pytest.mark.parametrize("pattern", ["Production", "Deploy_*", "timetable/Production", "*/Deploy*"])
def test_a_stage_can_be_named_by_its_name_its_title_or_its_pipeline(pattern: str) -> None:
    made = told(offline(deployments=[pattern]), SEQUENCES[STAGES][0])
    assert services(kinds(made)) == ["service.deployed"]


def test_a_stage_deploys_to_an_environment_of_its_title_unless_a_setting_says_otherwise() -> None:
    first = SEQUENCES[STAGES][0]
    *_, own = told(offline(**RULE, environment="live"), first)
    *_, mapped = told(offline(**RULE, environments={"timetable/*": "eu"}), first)
    assert own.content["environment"] == {"id": "Production"}
    assert mapped.content["environment"] == {"id": "eu"}
    bare = delivery("stage-of-a-pipeline-without-stages")
    *_, set_ = told(offline(deployments=["boards-*"], environment="live"), bare)
    assert set_.content["environment"] == {"id": "live"}


def test_a_service_is_its_pipeline_or_its_release_unless_a_setting_says_otherwise() -> None:
    options: dict[str, Any] = {**RULE, "services": {"timetable": "tt", "Ferries CD/*": "all"}}
    stage, release = SEQUENCES[STAGES][0], SEQUENCES[RELEASES][0]
    for given_options, names in ((RULE, ["timetable", "Ferries CD"]), (options, ["tt", "all"])):
        made = told(offline(**given_options), stage, release)
        assert [e.subject_id for e in made if ".service." in e.type] == names


@pytest.mark.parametrize("sequence", SEQUENCES)
@given(st.data())
def test_in_any_order_the_same_deployments_are_counted(sequence: str, data: st.DataObject) -> None:
    """What they are called may differ: those after one that comes late keep their names."""
    steps = SEQUENCES[sequence]
    order = data.draw(st.permutations(steps))
    again: list[WebhookRequest] = data.draw(st.lists(st.sampled_from(steps), max_size=3))
    made = [e for e in told(offline(**RULE), *order, *again) if ".service." in e.type]
    assert sorted((str(e.timestamp)[:16], e.custom_data["commit"][:2]) for e in made) == [
        ("2026-03-01 10:05", "a1"),
        ("2026-03-02 16:05", "c3"),
        ("2026-03-02 17:05", "a1"),
    ]


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_in_the_order_of_time_a_return_is_a_rollback(sequence: str) -> None:
    made = kinds(told(offline(**RULE), *SEQUENCES[sequence]))
    assert services(made) == ["service.deployed", "service.upgraded", "service.rolledback"]


def test_another_attempt_at_a_stage_is_another_failure() -> None:
    def again(body: Any) -> None:
        body["resource"]["stage"]["attempt"] = 2

    name = "stage-that-deploys-fails"
    made = told(offline(**RULE), delivery(name), delivery(name), delivery(name, again))
    assert services(kinds(made)) == ["dev.cdeventsx.streamgauge-deployment.failed"] * 2
