"""The memory: what a deployment is called depends on what was deployed before it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources.deployments import REMEMBERED
from streamgauge_github.deployments import DeploymentTransformer
from streamgauge_github.options import Options

from .samples import (
    ACCEPTED,
    CASES,
    ONE,
    THREE,
    TWO,
    Payload,
    deployment,
    from_knative,
    received,
    transformed,
)

COMMITS = {"a": ONE, "b": TWO, "c": THREE}


class Log:
    """Runs the transformer as Streamgauge does: each key's state from one event to the next."""

    def __init__(self) -> None:
        self.states: dict[str, Any] = {}
        self.transformer = DeploymentTransformer(Options())

    def feed(self, event: CloudEvent) -> list[CDEvent]:
        key = self.transformer.state_key(event)
        if key is None:
            return []
        made, state = self.transformer.transform_with_state(event, self.states.get(key))
        self.states[key] = json.loads(json.dumps(state))
        return list(made)

    def feed_all(self, payloads: Iterable[Payload]) -> list[CDEvent]:
        return [made for p in payloads for made in self.feed(received("deployment_status", p))]


def at(minute: int) -> str:
    return f"2026-03-03T{12 + minute // 60}:{minute % 60:02}:00Z"


def kinds(events: list[CDEvent]) -> list[str]:
    return [event.type.split(".")[3] for event in events]


@pytest.mark.parametrize(
    ("commits", "expected"),
    [
        ("a", ["deployed"]),
        ("aa", ["deployed", "deployed"]),
        ("ab", ["deployed", "upgraded"]),
        ("aba", ["deployed", "upgraded", "rolledback"]),
        ("abab", ["deployed", "upgraded", "rolledback", "rolledback"]),
        ("abac", ["deployed", "upgraded", "rolledback", "upgraded"]),
        ("abb", ["deployed", "upgraded", "deployed"]),
    ],
)
def test_what_was_there_before_names_a_deployment(commits: str, expected: list[str]) -> None:
    payloads = [
        deployment("success", number=n, commit=COMMITS[c], at=at(n))
        for n, c in enumerate(commits, 1)
    ]
    assert kinds(Log().feed_all(payloads)) == expected


def test_each_environment_and_each_component_has_its_own_memory() -> None:
    made = Log().feed_all(
        [
            deployment("success", number=1, commit=ONE, at=at(1)),
            deployment("success", number=2, commit=TWO, at=at(2), environment="staging"),
            deployment("success", number=3, commit=THREE, at=at(3), payload={"component": "api"}),
            deployment("success", number=4, commit=TWO, at=at(4)),
        ]
    )
    assert kinds(made) == ["deployed", "deployed", "deployed", "upgraded"]
    assert [event.subject_id for event in made] == [
        "Acme/Shop",
        "Acme/Shop",
        "Acme/Shop/api",
        "Acme/Shop",
    ]


def test_what_failed_was_never_deployed() -> None:
    made = Log().feed_all(
        [
            deployment("success", number=1, commit=ONE, at=at(1)),
            deployment("failure", number=2, commit=TWO, at=at(2)),
            deployment("success", number=3, commit=THREE, at=at(3)),
            deployment("success", number=4, commit=TWO, at=at(4)),
        ]
    )
    assert kinds(made) == ["deployed", "upgraded", "upgraded"]


def test_an_old_deployment_made_active_again_is_a_rollback() -> None:
    made = Log().feed_all(
        [
            deployment("success", number=1, commit=ONE, at=at(1)),
            deployment("success", number=2, commit=TWO, at=at(2)),
            deployment("success", number=1, commit=ONE, at=at(3)),
        ]
    )
    assert kinds(made) == ["deployed", "upgraded", "rolledback"]
    assert len({event.id for event in made}) == 3


@pytest.mark.parametrize("times", [(1, 2), (2, 1)])
def test_a_success_that_is_said_twice_is_one(times: tuple[int, int]) -> None:
    """Some tools post `success` once for each job that succeeded."""
    log = Log()
    made = log.feed_all(
        [deployment("success", number=1, commit=ONE, at=at(hour)) for hour in times]
    )
    assert kinds(made) == ["deployed"]
    [state] = log.states.values()
    assert len(state["deployments"]) == 1


def test_a_late_report_finds_its_place_by_time() -> None:
    made = Log().feed_all(
        [
            deployment("success", number=2, commit=TWO, at=at(2)),
            deployment("success", number=1, commit=ONE, at=at(1)),
            deployment("success", number=3, commit=ONE, at=at(3)),
        ]
    )
    assert kinds(made) == ["deployed", "deployed", "rolledback"]


def test_the_same_report_by_both_ways_is_one_deployment() -> None:
    log = Log()
    log.feed(received("deployment_status", deployment("success", commit=ONE, at=at(1))))
    second = deployment("success", number=82, commit=TWO, at=at(2))
    [one] = log.feed(received("deployment_status", second))
    before = json.dumps(log.states)
    [other] = log.feed(from_knative("deployment_status", second))
    assert (one.id, one.type, one.source) == (other.id, other.type, other.source)
    assert json.dumps(log.states) == before


def test_the_memory_is_bounded() -> None:
    log = Log()
    payloads = [
        deployment("success", number=n, commit=f"{n:040x}", at=at(n % 600))
        for n in range(1, REMEMBERED + 50)
    ]
    log.feed_all(payloads)
    [state] = log.states.values()
    assert len(state["deployments"]) == REMEMBERED
    assert state["deployments"] == sorted(state["deployments"])
    assert state["deployments"][-1][1] == payloads[-1]["deployment"]["sha"]


def test_a_status_without_a_time_is_from_when_the_event_is() -> None:
    payload = deployment("success", at="yesterday")
    [made] = transformed(received("deployment_status", payload))
    assert made.timestamp == ACCEPTED
    assert made.custom_data["timestampInferred"] is True


@pytest.mark.parametrize("name", sorted(CASES))
def test_only_a_success_is_of_interest(name: str) -> None:
    event, payload = CASES[name]
    key = DeploymentTransformer(Options()).state_key(received(event, payload))
    state = payload.get("deployment_status", {}).get("state")
    assert (key is not None) is (state == "success")


def test_an_event_of_no_interest_changes_nothing() -> None:
    event = received(*CASES["pull-merged"])
    state = {"deployments": [["2026-03-03T12:00:00.000000+00:00", ONE, "81"]]}
    assert DeploymentTransformer(Options()).transform_with_state(event, state) == ([], state)


_DEPLOYED = st.lists(
    st.builds(
        deployment,
        st.just("success"),
        number=st.integers(1, 40),
        commit=st.sampled_from(list(COMMITS.values())),
        at=st.integers(0, 9).map(at),
        environment=st.sampled_from(["production", "staging"]),
    ),
    max_size=8,
    unique_by=lambda payload: payload["deployment"]["id"],
)


@given(_DEPLOYED, st.randoms())
def test_the_order_of_arrival_changes_no_id_and_no_fact(
    payloads: list[Payload], random: Any
) -> None:
    shuffled = random.sample(payloads, len(payloads))
    assert facts(Log().feed_all(payloads)) == facts(Log().feed_all(shuffled))


@given(_DEPLOYED)
def test_a_second_delivery_of_everything_changes_nothing(payloads: list[Payload]) -> None:
    in_order = sorted(payloads, key=lambda p: p["deployment_status"]["created_at"])
    log = Log()
    once = facts(log.feed_all(in_order))
    states = json.dumps(log.states)
    assert facts(log.feed_all(in_order)) == once
    assert json.dumps(log.states) == states


def facts(events: list[CDEvent]) -> set[tuple[Any, ...]]:
    return {
        (
            event.id,
            event.timestamp,
            event.subject_id,
            event.content["environment"]["id"],
            event.content["artifactId"],
        )
        for event in events
    }
