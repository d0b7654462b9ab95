"""What is a deployment, of what, and which one it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.errors import SettingsError
from streamgauge.settings import Settings
from streamgauge_fourkeys.options import options_of
from tests.plugins.posting import Run, kinds

from .samples import COMMITS, argo_cd, build

NAMES = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True)


def deployments(run: Run, *notices: Any) -> list[Any]:
    made = run.post(*notices)
    return [event for event in made if "service" in event.type or "failed" in event.type]


@given(NAMES, st.data())
def test_builds_count_once_each_in_any_order(names: list[str], data: st.DataObject) -> None:
    notices = [build(commit=name, minute=n) for n, name in enumerate(names)]
    shuffled = data.draw(st.permutations([*notices, *notices]))
    told = {(e.id, e.timestamp) for e in deployments(Run("fourkeys"), *shuffled)}
    assert told == {(e.id, e.timestamp) for e in deployments(Run("fourkeys"), *notices)}
    assert len(told) == len(names)


@given(st.lists(st.sampled_from("ab"), min_size=1, max_size=8))
def test_argo_cd_that_fires_again_for_the_same_commit_counts_once(names: list[str]) -> None:
    made = deployments(Run("fourkeys"), *(argo_cd(name, n) for n, name in enumerate(names)))
    changes = [name for n, name in enumerate(names) if n == 0 or names[n - 1] != name]
    assert [event.custom_data["commit"] for event in made] == [COMMITS[n] for n in changes]


def test_the_same_commit_built_twice_is_deployed_twice() -> None:
    made = deployments(Run("fourkeys"), build(minute=1), build(minute=2), build(commit="b"))
    assert kinds(made) == ["service.deployed", "service.deployed", "service.upgraded"]


@pytest.mark.parametrize(
    ("patterns", "names", "deploys"),
    [
        (None, {}, True),
        (["deploy-*"], {"TRIGGER_NAME": "deploy-lamps"}, True),
        (["deploy-*"], {"TRIGGER_NAME": "test-lamps"}, False),
        (["Acme/*"], {"REPO_FULL_NAME": "Acme/Lamps"}, True),
        ([], {"TRIGGER_NAME": "deploy-lamps"}, False),
    ],
)
def test_which_builds_deploy_is_a_setting(patterns: Any, names: Any, deploys: bool) -> None:
    run = Run("fourkeys", **({} if patterns is None else {"deployments": patterns}))
    notice = build(substitutions={"COMMIT_SHA": COMMITS["a"], **names})
    assert bool(deployments(run, notice)) is deploys


def test_environment_and_service_are_settings() -> None:
    run = Run(
        "fourkeys",
        environment="live",
        environments={"*-staging": "staging"},
        services={"lamps": "lamp-shop"},
    )
    tagged = build(tags=["lamps-staging"], minute=9)
    made = deployments(run, build(), tagged, argo_cd("b", 20))
    assert [(e.subject_id, e.content["environment"]["id"]) for e in made] == [
        ("lamp-shop", "live"),
        ("lamp-shop", "staging"),
        ("lamp-shop", "live"),
    ]


@pytest.mark.parametrize("name", ["environments", "services"])
def test_a_setting_that_makes_no_sense_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"plugins\.fourkeys\.{name}"):
        options_of(Settings(plugins={"fourkeys": {name: "lamps"}}))
