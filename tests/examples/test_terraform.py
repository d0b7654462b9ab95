"""The example of a source and a metric: notifications in, the time that applies wait out.

Its own tests run where it is installed: test_terraform_wheel.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent, cdevents
from streamgauge.errors import InvalidQuery, SettingsError
from streamgauge.lineage import lineage
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer, explain
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.sources.captured import read_cases
from streamgauge_terraform.applies import Applies
from streamgauge_terraform.apply_wait import ApplyWait
from streamgauge_terraform.runs import APPLYING, WAITING
from tests.dora.world import at
from tests.examples.packages import TERRAFORM
from tests.examples.test_properties import check
from tests.helpers import append_cdevents, drain, plugins_with, process, processors, replay

UNSIGNED = {"STREAMGAUGE_TERRAFORM_ALLOW_UNSIGNED": "true"}
WEEK = {"from": "2026-01-05", "to": "2026-01-12"}


def step(kind: str, run: int, hours: float, **content: Any) -> CDEvent:
    """A run waits, or begins to apply."""
    named = {"service": "shop", "environment": "production", **content}
    return cdevents.new(
        kind,
        id=f"run {run} {kind} {hours}",
        source="/terraform",
        timestamp=at(hours),
        subject_id=f"run-{run}",
        content=named,
    )


TOLD = [
    step(APPLYING, 1, 2),
    step(WAITING, 1, 1),
    step(WAITING, 2, 3, service="pay"),
    step(WAITING, 2, 4, service="pay"),
    step(APPLYING, 2, 6, service="pay"),
    step(APPLYING, 3, 7),
    step(APPLYING, 4, 8),
    step(WAITING, 4, 9),
    step(WAITING, 5, 10),
    step(APPLYING, 6, 11, service="a\0b", environment=7),
    step(WAITING, 6, 10),
]


@pytest.fixture
def mine(tmp_path: Path) -> Plugins:
    return TERRAFORM.installed(tmp_path, UNSIGNED)


@pytest.fixture
def told(database: Database, mine: Plugins) -> Database:
    append_cdevents(database, TOLD)
    append_cdevents(database, TOLD[:2], tenant="other")
    drain(*processors(database, mine))
    return database


def ask(database: Database, plugins: Plugins, **parameters: Any) -> dict[str, Any]:
    given = {**WEEK, **parameters}
    values = {key: value if isinstance(value, list) else [value] for key, value in given.items()}
    return answer(database, plugins, "apply_wait", MetricQuery.parse(values, now=at(10_000)))


def test_the_plugin_brings_a_source_and_a_metric(mine: Plugins) -> None:
    (plugin,) = [plugin for plugin in mine.plugins if plugin.name == "terraform"]
    assert (plugin.label, plugin.distribution) == ("terraform 0.1.0", "streamgauge-terraform")
    assert plugin.error is None
    assert plugin.brings == {
        "transformers": ["terraform", "terraform-deployments"],
        "receivers": ["terraform"],
        "projections": ["terraform_applies"],
        "metrics": ["apply_wait"],
        "routes": ["com.hashicorp.terraform.run.*"],
    }


def test_notifications_come_to_deployments_and_to_a_wait(database: Database, mine: Plugins) -> None:
    deliveries = [
        delivery
        for case in read_cases(TERRAFORM.folder / "tests/cases")
        for delivery in case.deliveries
    ]
    for delivery in reversed(deliveries):
        process(database, mine, mine.receivers["terraform"].receive(delivery))
    march = {"from": "2026-03-02", "to": "2026-03-03"}
    found = ask(database, mine, **march)
    assert (found["value"], found["n"], found["left_out"]) == (1800, 1, {"not_waiting": 3})
    parsed = MetricQuery.parse({key: [value] for key, value in march.items()}, now=at(10_000))
    assert answer(database, mine, "deployment_frequency", parsed)["n"] == 2


def test_a_run_waits_until_it_applies(told: Database, mine: Plugins) -> None:
    found = ask(told, mine, group_by="service")
    assert (found["value"], found["n"]) == (3600, 3)  # of one hour, one, and three
    assert found["left_out"] == {"applies_before_it_waits": 1, "not_waiting": 1}
    values = {group["service"]: (group["value"], group["n"]) for group in found["groups"]}
    assert values == {"pay": (10_800, 1), "shop": (3600, 1), None: (3600, 1)}
    assert ask(told, mine, environment="staging")["value"] is None
    both = ask(told, mine, tenant=["default", "other"], group_by="tenant")
    assert [group["n"] for group in both["groups"]] == [3, 1]


@pytest.mark.parametrize(
    ("parameters", "where"),
    [({"group_by": "repository"}, "group_by"), ({"definition": "dora2025"}, "definition")],
)
def test_what_the_metric_does_not_know_is_refused(
    told: Database, mine: Plugins, parameters: dict[str, str], where: str
) -> None:
    with pytest.raises(InvalidQuery) as raised:
        ask(told, mine, **parameters)
    assert raised.value.where == where


def test_an_explanation_comes_to_the_answer_and_leads_to_the_events(
    told: Database, mine: Plugins
) -> None:
    query = MetricQuery.parse({key: [value] for key, value in WEEK.items()}, now=at(10_000))
    explanation = explain(told, mine, "apply_wait", query, after=0, limit=100)
    found = answer(told, mine, "apply_wait", query)
    for name in ("value", "n", "unit", "definition", "left_out"):
        assert explanation[name] == found[name]
    assert sum(item["counts"] for item in explanation["items"]) == found["n"]
    assert set(explanation["reasons"]) == set(found["left_out"])
    below = lineage(told, mine, "default", "run-2")
    assert below["what"] == ["terraform_applies"]
    assert len(below["events"]) == 3


def test_a_replay_changes_nothing(told: Database, mine: Plugins) -> None:
    before = ask(told, mine)
    assert set(replay(told, mine, "terraform_applies").builds) == {
        "terraform_applies",
        "apply_wait",
    }
    assert ask(told, mine) == before


def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    plugins = TERRAFORM.installed(tmp_path, {"STREAMGAUGE_TERRAFORM_ENVIRONMENT": " "})
    (plugin,) = [plugin for plugin in plugins.plugins if plugin.name == "terraform"]
    assert SettingsError.__name__ in str(plugin.error)
    assert "plugins.terraform.environment must be text" in str(plugin.error)


def test_its_code_imports_only_public_names() -> None:
    assert len([*TERRAFORM.package.glob("*.py")]) == 9
    assert list(TERRAFORM.names_not_public()) == []


_steps = st.lists(
    st.builds(
        step,
        st.sampled_from([WAITING, APPLYING]),
        st.integers(1, 5),
        st.integers(0, 24 * 14).map(lambda n: n / 2),
        service=st.sampled_from(["shop", "pay", None, "a\0b", 7]),
    ),
    max_size=25,
    unique_by=lambda event: event.id,
)


@pytest.mark.slow
@given(events=_steps, data=st.data())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_does_not_matter(
    database: Database, events: list[CDEvent], data: st.DataObject
) -> None:
    metric = ApplyWait()
    plugins = plugins_with(projections=[Applies()], metrics=[metric])
    check(database, plugins, metric, events, data, group_by="service,environment")
