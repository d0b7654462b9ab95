"""Which runs deploy, by the settings; and what is remembered of them."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent

from .samples import Payload, case, inside, kinds, offline, told

DEPLOYED = ["pipelinerun.finished", "service.deployed"]


@pytest.mark.parametrize(
    "name", ["deploy.yml", "Deploy", "ferries/booking/deploy.yml", "ferries/*/Deploy", "*"]
)
def test_a_workflow_deploys_by_its_name_or_its_file(name: str) -> None:
    made = told(offline(deployments=[name]), "workflow_run", case("deploying-run-success"))
    assert kinds(made) == DEPLOYED


@pytest.mark.parametrize("options", [{}, {"deployments": ["build.yml", "deploy"]}])
def test_nothing_else_deploys(options: dict[str, list[str]]) -> None:
    made = told(offline(**options), "workflow_run", case("deploying-run-success"))
    assert kinds(made) == DEPLOYED[:1]


def test_the_settings_say_what_is_deployed_and_where() -> None:
    run = offline(
        deployments=["deploy*"],
        environment="live",
        environments={"deploy-staging.yml": "staging"},
        services={"ferries/booking/deploy.yml": "booking", "ferries/*": "ferries"},
    )
    staging = inside(case("deploying-run-to-staging"), "workflow_run", id=62)
    made = told(run, "workflow_run", case("deploying-run-success"), staging)
    found = [(e.subject_id, e.content["environment"]["id"]) for e in made if "service" in e.type]
    assert found == [("booking", "live"), ("ferries", "staging")]


def deployment(number: int, commit: str, minute: int, conclusion: str = "success") -> Payload:
    return inside(
        case("deploying-run-success"),
        "workflow_run",
        id=number,
        head_sha=commit * 40,
        conclusion=conclusion,
        completed_at=f"2026-03-02T12:{minute:02}:00+01:00",
    )


def deployments(payloads: list[Payload]) -> list[CDEvent]:
    made = told(offline(deployments=["Deploy"]), "workflow_run", *payloads)
    return [event for event in made if "pipelinerun" not in event.type]


def test_in_the_order_of_time_a_deployment_is_called_by_what_was_there() -> None:
    made = deployments([deployment(n, c, n) for n, c in enumerate("aabca", start=1)])
    assert [kind.partition(".")[2] for kind in kinds(made)] == [
        *("deployed", "deployed", "upgraded", "upgraded", "rolledback")
    ]


_RUNS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 59),
        st.sampled_from(["success", "failure", "skipped"]),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda each: each[1],
).map(lambda found: [deployment(n + 1, *each) for n, each in enumerate(found)])


@settings(max_examples=40)
@given(_RUNS, st.randoms())
def test_the_order_and_the_repetition_of_arrival_change_no_id(
    payloads: list[Payload], random: Random
) -> None:
    other = random.sample([*payloads, *payloads], 2 * len(payloads))
    ids = [event.id for event in deployments(payloads)]
    assert len(ids) == sum(p["workflow_run"]["conclusion"] != "skipped" for p in payloads)
    assert sorted(event.id for event in deployments(other)) == sorted(ids)
