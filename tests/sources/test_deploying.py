"""Which runs deploy, and the transformer that remembers deployments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.cdevents import CDEvent, kind_of, validate
from streamgauge.errors import SettingsError
from streamgauge.settings import Settings
from streamgauge.sources import (
    Deployment,
    Deployments,
    DeploymentTransformer,
    DeployRule,
    Options,
    Told,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAILED = "dev.cdeventsx.streamgauge-deployment.failed"


def rule(**values: Any) -> DeployRule:
    return DeployRule.of(Options(Settings(plugins={"rocket": values}), "rocket"), parameters=True)


def test_nothing_deploys_without_a_setting() -> None:
    assert not rule().deploys("deploy-shop", "")


def test_a_run_deploys_by_any_of_its_names() -> None:
    found = rule(deployments=["deploy-*", "team/release"])
    assert found.deploys("team/deploy-shop", "deploy-shop")
    assert found.deploys("team/release")
    assert not found.deploys("team/release-notes", "release-notes")


def test_environment_and_service_are_the_first_names_that_a_setting_knows() -> None:
    found = rule(
        environment="live",
        environments={"*-staging": "staging", "team/*": "lab"},
        services={"deploy-*": "shop"},
    )
    assert found.environment_of("team/x-staging", "x-staging") == "staging"
    assert found.environment_of("team/x", "x-staging") == "lab"
    assert found.environment_of("x") == "live"
    assert found.service_of("team/deploy-x", "deploy-x") == "shop"
    assert found.service_of("team/x", "x") is None


def test_a_parameter_speaks_in_the_role_that_the_settings_give_it() -> None:
    found = rule(parameters={"environment": "TARGET"})
    assert found.parameter("environment", {"TARGET": " staging "}) == "staging"
    assert found.parameter("environment", {"TARGET": ["staging"]}) is None
    assert found.parameter("service", {"TARGET": "staging"}) is None


def test_a_role_that_there_is_not_is_refused() -> None:
    options = Options(Settings(plugins={"rocket": {"parameters": {"planet": "P"}}}), "rocket")
    with pytest.raises(SettingsError, match=r"plugins\.rocket\.parameters .* service, environment"):
        DeployRule.of(options, parameters=True)
    assert DeployRule.of(options).parameters == {}


def test_an_occurrence_succeeds_once_whatever_is_said_of_it_later() -> None:
    deployments = Deployments(None)
    assert deployments.add(START, "a", "1", once=True) == "deployed"
    assert deployments.add(START + timedelta(minutes=1), "b", "2", once=True) == "upgraded"
    assert deployments.add(START + timedelta(minutes=2), "a", "1", once=True) is None
    assert deployments.latest == "b"
    assert deployments.add(START, "a", "1", once=True) == "deployed"  # the same, named as before


Attempt = tuple[int, int, bool]  # number, minute, whether it failed


def attempt_of(event: CloudEvent) -> Deployment | None:
    data = event.get_data()
    if not isinstance(data, list):
        return None
    number, minute, failed = data
    return Deployment(
        Told("/rocket", START),
        ("rocket", str(number)),
        "shop",
        "production",
        f"pkg:generic/shop@{number % 3}",
        str(number % 3),
        START + timedelta(minutes=minute),
        failed,
    )


def transformed(attempts: Iterable[Any]) -> list[CDEvent]:
    transformer = DeploymentTransformer("rocket", attempt_of)
    state, made = None, []
    for attempt in attempts:
        event = CloudEvent(
            {"id": "1", "source": "/", "type": "t"}, list(attempt) if attempt else "nothing"
        )
        if transformer.state_key(event) is None:
            assert list(transformer.transform_with_state(event, state)[0]) == []
            continue
        events, state = transformer.transform_with_state(event, state)
        made += events
    return made


def test_successes_are_named_by_what_was_there_before_and_failures_change_nothing() -> None:
    made = transformed([(0, 0, False), (1, 1, True), (2, 2, False), (3, 3, False), None])
    assert [kind_of(each.type) for each in made] == [
        "service.deployed",
        FAILED,
        "service.upgraded",
        "service.rolledback",
    ]
    for each in made:
        validate(each.document)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.booleans()), unique_by=lambda pair: pair[0]),
    st.data(),
)
def test_order_and_repetition_of_arrival_change_no_deployment(
    attempts: list[tuple[int, bool]], data: st.DataObject
) -> None:
    """Only the names of successes hang on the order."""
    told = [(number, number, failed) for number, failed in attempts]
    again = [each for each in told if data.draw(st.booleans())]
    shuffled = data.draw(st.permutations([*told, *again]))
    one, other = transformed(sorted(told)), transformed(shuffled)
    assert {each.id for each in one} == {each.id for each in other}
    times = {each.id: each.timestamp for each in one}
    assert all(times[each.id] == each.timestamp for each in other)
