"""What the example's metrics answer, and what they leave out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streamgauge.errors import InvalidQuery, SettingsError
from streamgauge.lineage import lineage
from streamgauge.metrics import MetricQuery, Teams
from streamgauge.metrics.answer import answer, explain
from streamgauge.metrics.teams import Entry
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from tests.dora.world import at, deployed
from tests.examples.packages import BATCH_SIZE
from tests.examples.stories import RUNS, TOLD, run
from tests.helpers import append_cdevents, drain, processors, replay

METRICS = ("batch_size", "pipeline_duration")
TEAMS = Teams([Entry("shops", ["shop"], ["git.example/acme/shop"])])


@pytest.fixture
def mine(tmp_path: Path) -> Plugins:
    return BATCH_SIZE.installed(tmp_path)


@pytest.fixture
def told(database: Database, mine: Plugins) -> Database:
    append_cdevents(database, [*TOLD, *RUNS])
    append_cdevents(database, [*TOLD[:6], *RUNS[:2]], tenant="other")
    drain(*processors(database, mine))
    return database


def ask(database: Database, plugins: Plugins, metric: str, **parameters: Any) -> dict[str, Any]:
    given = {"from": "2026-01-05", "to": "2026-01-19", **parameters}
    values = {key: value if isinstance(value, list) else [value] for key, value in given.items()}
    query = MetricQuery.parse(values, now=at(10_000), teams=TEAMS)
    return answer(database, plugins, metric, query)


def values(found: Mapping[str, Any], dimension: str) -> dict[str | None, tuple[Any, int]]:
    return {group[dimension]: (group["value"], group["n"]) for group in found["groups"]}


def test_the_plugin_brings_both(mine: Plugins) -> None:
    (plugin,) = [plugin for plugin in mine.plugins if plugin.name == "batch_size"]
    assert (plugin.label, plugin.distribution) == ("batch_size 0.1.0", "streamgauge-batch-size")
    assert plugin.error is None
    assert plugin.brings == {"projections": ["pipeline_runs"], "metrics": [*METRICS]}


def test_a_deployment_has_as_many_changes_as_it_is_the_first_to_ship(
    told: Database, mine: Plugins
) -> None:
    found = ask(told, mine, "batch_size", percentile="90")
    assert (found["definition"], found["unit"]) == ("changes", "changes")
    assert (found["value"], found["n"]) == (2, 3)  # of 2, 1 and 3
    assert [(b["value"], b["n"]) for b in found["buckets"]] == [(1.5, 2), (3, 1)]
    assert found["percentiles"] == {"90": pytest.approx(2.8)}
    assert found["left_out"] == {
        "first_deployment": 1,
        "no_commit": 2,
        "not_production": 1,
        "nothing_new": 1,
    }


def test_facts_whose_links_are_not_made_yet_wait_for_them(told: Database, mine: Plugins) -> None:
    before = ask(told, mine, "batch_size")
    append_cdevents(told, [deployed("late", 203, "h")])
    ahead = [each for each in processors(told, mine) if each.name in ("cdevents", "delivery")]
    drain(*ahead)
    assert ask(told, mine, "batch_size") == before
    drain(*processors(told, mine))
    assert ask(told, mine, "batch_size")["left_out"]["nothing_new"] == 2


def test_by_another_definition_it_counts_commits(told: Database, mine: Plugins) -> None:
    found = ask(told, mine, "batch_size", definition="commits")
    assert (found["definition"], found["unit"]) == ("commits", "commits")
    assert (found["value"], found["n"]) == (3, 3)  # of 3, 1 and 3
    with pytest.raises(InvalidQuery) as raised:
        ask(told, mine, "batch_size", definition="dora2025")
    assert raised.value.allowed == ["changes", "commits"]


def test_the_size_of_batches_by_dimension(told: Database, mine: Plugins) -> None:
    def sizes(**more: Any) -> dict[str | None, tuple[Any, int]]:
        return values(ask(told, mine, "batch_size", **more), more["group_by"])

    assert sizes(group_by="service") == {"pay": (None, 0), "shop": (2, 3)}
    assert sizes(group_by="team") == {"shops": (2, 3)}
    assert sizes(group_by="repository") == {"git.example/acme/shop": (2, 3)}
    everyone = ["default", "other"]
    assert sizes(group_by="tenant", tenant=everyone) == {"default": (2, 3), "other": (2, 1)}
    assert ask(told, mine, "batch_size", service="pay")["reason"].startswith("there is nothing")
    before = ask(told, mine, "batch_size", **{"from": "2026-01-12"})["previous"]
    assert (before["value"], before["n"], before["difference"]) == (1.5, 2, 1.5)


def test_which_environments_are_production_is_the_definitions_to_say_or_the_questions(
    told: Database, mine: Plugins
) -> None:
    asked = ask(told, mine, "batch_size", environment="staging")
    # Nothing is left out for where it was deployed to; it is the first one there.
    assert (asked["n"], asked["left_out"]) == (0, {"first_deployment": 1})
    mine.metrics["batch_size"]._settings = {"environments": ["staging"]}  # type: ignore[attr-defined]
    assert ask(told, mine, "batch_size")["n"] == 3  # as it was made
    replay(told, mine, "batch_size")
    assert ask(told, mine, "batch_size")["left_out"] == {
        "first_deployment": 1,
        "not_production": 6,
        "no_commit": 1,
    }


def test_the_settings_choose_what_is_counted(tmp_path: Path) -> None:
    plugins = BATCH_SIZE.installed(tmp_path, {"STREAMGAUGE_BATCH_SIZE_DEFINITION": "commits"})
    assert plugins.metrics["batch_size"].definition()["name"] == "commits"


@pytest.mark.parametrize(
    ("name", "value"), [("DEFINITION", "lines"), ("ENVIRONMENTS", "production")]
)
def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path, name: str, value: str) -> None:
    plugins = BATCH_SIZE.installed(tmp_path, {f"STREAMGAUGE_BATCH_SIZE_{name}": value})
    with pytest.raises(SettingsError, match=rf"plugins\.batch_size\.{name.lower()}"):
        plugins.metrics["batch_size"].definition()


def test_a_pipeline_takes_from_its_start_to_its_end_if_it_succeeds(
    told: Database, mine: Plugins
) -> None:
    found = ask(told, mine, "pipeline_duration", group_by="repository")
    assert values(found, "repository") == {
        "git.example/acme/pay": (5400, 1),
        "git.example/acme/shop": (10_800, 3),  # of half an hour, three and twenty
    }
    assert found["left_out"] == {"ends_before_it_begins": 1, "no_start": 1, "not_successful": 1}
    assert [(b["value"], b["n"]) for b in found["buckets"]] == [(3600, 2), (41_400, 2)]


def test_a_run_is_of_one_tenant(database: Database, mine: Plugins) -> None:
    for tenant, hours in (("default", 1), ("other", 3)):
        events = [run("started", 1, 0), run("finished", 1, hours, "success")]
        append_cdevents(database, events, tenant)
    drain(*processors(database, mine))
    both = ask(database, mine, "pipeline_duration", tenant=["default", "other"], group_by="tenant")
    assert values(both, "tenant") == {"default": (3600, 1), "other": (10_800, 1)}


def test_a_run_is_from_its_first_start_to_its_last_end(database: Database, mine: Plugins) -> None:
    events = [
        run("finished", 1, 3, "success"),
        run("started", 1, 2),
        run("finished", 1, 4, "failure"),
        run("started", 1, 1),
        run("finished", 1, 5, "success"),
    ]
    append_cdevents(database, events)
    drain(*processors(database, mine))
    assert ask(database, mine, "pipeline_duration")["value"] == 4 * 3600


@pytest.mark.parametrize(
    ("metric", "parameters", "where"),
    [
        ("pipeline_duration", {"group_by": "service"}, "group_by"),
        ("pipeline_duration", {"service": "shop"}, "service"),
        ("pipeline_duration", {"definition": "dora2025"}, "definition"),
        ("batch_size", {"tier": "production"}, "tier"),
    ],
)
def test_what_a_metric_does_not_know_is_refused(
    told: Database, mine: Plugins, metric: str, parameters: dict[str, str], where: str
) -> None:
    with pytest.raises(InvalidQuery) as raised:
        ask(told, mine, metric, **parameters)
    assert raised.value.where == where


@pytest.mark.parametrize("metric", METRICS)
def test_an_explanation_comes_to_the_answer(told: Database, mine: Plugins, metric: str) -> None:
    query = MetricQuery.parse({"from": ["2026-01-05"], "to": ["2026-01-19"]}, now=at(10_000))
    explanation = explain(told, mine, metric, query, after=0, limit=100)
    found = answer(told, mine, metric, query)
    for name in ("value", "n", "unit", "definition", "left_out"):
        assert explanation[name] == found[name]
    assert sum(item["counts"] for item in explanation["items"]) == found["n"]
    assert set(explanation["reasons"]) == set(found["left_out"])


def test_a_run_leads_down_to_its_events(told: Database, mine: Plugins) -> None:
    found = lineage(told, mine, "default", "/pipelines/2")
    assert found["what"] == ["pipeline_runs"]
    assert [event["cdevent"]["event_id"] for event in found["events"]] == [
        "run 2 started 1",
        "run 2 finished 2.5",
    ]


def test_a_replay_changes_nothing(told: Database, mine: Plugins) -> None:
    before = [ask(told, mine, metric) for metric in METRICS]
    assert set(replay(told, mine, "pipeline_runs").builds) == {"pipeline_runs", METRICS[1]}
    assert {"delivery", "links", METRICS[0]} <= set(replay(told, mine, "delivery").builds)
    assert [ask(told, mine, metric) for metric in METRICS] == before


def test_its_code_imports_only_public_names() -> None:
    assert len([*BATCH_SIZE.package.glob("*.py")]) == 4
    assert list(BATCH_SIZE.names_not_public()) == []
