"""Commit statuses that a setting makes deployments."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamgauge import WebhookRequest

from .samples import delivery, kinds, offline, told

SEQUENCE = "deployed-upgraded-and-rolled-back"
STEPS = [
    delivery(f"{SEQUENCE}/{name}")
    for name in ("01-begins", "02-first", "03-second", "04-first-again")
]
RULE = {"deployments": ["deploy-*"]}


def deployments(made: list[str]) -> list[str]:
    return [kind for kind in made if "pipelinerun" not in kind]


def test_without_a_setting_a_status_is_no_deployment() -> None:
    assert deployments(kinds(told(offline(), *STEPS, delivery("deployment-failed")))) == []


def test_a_status_can_be_named_by_its_key_its_name_or_its_repository() -> None:
    for pattern in (
        "deploy-production",
        "Deploy to *",
        "northquay/timetable/deploy-*",
        "northquay/*/Deploy to production",
    ):
        made = told(offline(deployments=[pattern]), STEPS[1])
        assert deployments(kinds(made)) == ["service.deployed"], pattern
    assert deployments(kinds(told(offline(deployments=["deploy"]), STEPS[1]))) == []


def test_the_environment_and_the_service_come_from_the_settings() -> None:
    run = offline(
        deployments=["Deploy *"],
        environment="prod",
        environments={"*-staging": "staging"},
        services={"northquay/timetable": "ferries"},
    )
    *_, production = told(run, STEPS[1])
    *_, staging = told(run, delivery(f"{SEQUENCE}/02-first", key="deploy-staging"))
    assert production.content["environment"] == {"id": "prod"}
    assert staging.content["environment"] == {"id": "staging"}
    assert production.subject_id == staging.subject_id == "ferries"


@given(st.permutations(STEPS), st.lists(st.sampled_from(STEPS), max_size=4))
def test_in_any_order_the_same_deployments_are_counted(
    order: list[WebhookRequest], again: list[WebhookRequest]
) -> None:
    """What they are called may differ: those after one that comes late keep their names."""
    made = told(offline(**RULE), *order, *again)
    found = [event for event in made if ".service." in event.type]
    assert sorted((str(event.timestamp), event.custom_data["commit"][:2]) for event in found) == [
        ("2026-03-01 10:05:00+00:00", "a1"),
        ("2026-03-02 16:05:00+00:00", "c3"),
        ("2026-03-02 17:05:00+00:00", "a1"),
    ]


def test_in_the_order_of_time_a_return_is_a_rollback() -> None:
    assert deployments(kinds(told(offline(**RULE), *STEPS))) == [
        "service.deployed",
        "service.upgraded",
        "service.rolledback",
    ]


def test_a_success_said_twice_is_one_and_two_failures_are_two() -> None:
    failed = delivery("deployment-failed")
    later = delivery("deployment-failed", updated_on="2026-03-02T15:30:00+00:00")
    described = delivery(
        f"{SEQUENCE}/02-first", description="done", updated_on="2026-03-01T10:06:00+00:00"
    )
    made = told(offline(**RULE), STEPS[1], described, failed, failed, later)
    assert deployments(kinds(made)) == [
        "service.deployed",
        "dev.cdeventsx.streamgauge-deployment.failed",
        "dev.cdeventsx.streamgauge-deployment.failed",
    ]
