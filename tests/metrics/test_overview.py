"""The overview: the metrics that are shown first, and what can be picked, from one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL

from streamgauge.errors import InvalidQuery, SettingsError
from streamgauge.metrics import MetricAnswer, MetricQuery, Teams
from streamgauge.metrics.answer import answer
from streamgauge.metrics.overview import overview
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections import Choices, Tables
from streamgauge.projections.projection import NO_VIEWS
from streamgauge.settings import Settings
from streamgauge_dora.facts.choices import choices
from tests.dora.world import World, deployed
from tests.helpers import (
    METRICS,
    START,
    a_deployment,
    append_cdevents,
    drain,
    plugins_with,
    processors,
)
from tests.projections.tiers import Asked, ByService, Kept

QUESTION = {"from": ["2026-01-05"], "to": ["2026-01-19"]}
FIVE = {*METRICS} - {"dora_quick_check"}


def ask(**more: str) -> MetricQuery:
    given = {**QUESTION, **{name: [value] for name, value in more.items()}}
    return MetricQuery.parse(given, now=START)


@pytest.fixture
def filled(database: Database, plugins: Plugins) -> Database:
    places = [("shop", "production"), ("shop", "staging"), ("pay", "production")]
    append_cdevents(
        database,
        [
            a_deployment(n, service=places[n % 3][0], environment=places[n % 3][1])
            for n in range(30)
        ],
    )
    drain(*processors(database, plugins))
    return database


@pytest.mark.parametrize("more", [{}, {"service": "shop"}, {"definition": "gitlab"}])
def test_it_says_of_the_five_what_each_says_itself(
    filled: Database, plugins: Plugins, more: dict[str, str]
) -> None:
    found = overview(filled, plugins, ask(**more))
    assert {told["metric"] for told in found["metrics"]} == FIVE
    question = {name: found[name] for name in found if name not in ("metrics", "choices")}
    for told in found["metrics"]:
        alone = answer(filled, plugins, told["metric"], ask(**more))
        about = {name: told.pop(name) for name in ("title", "description", "better")}
        assert {**question, **told, "group_by": [], "percentile": []} == alone
        assert about["title"] == plugins.metrics[told["metric"]].title
    assert len({told["as_of"]["position"] for told in found["metrics"]}) == 1


def test_what_can_be_picked_is_told(filled: Database, plugins: Plugins) -> None:
    found = overview(filled, plugins, ask(service="shop"))["choices"]
    assert found["service"] == ["pay", "shop"]
    assert found["environment"] == ["production", "staging"]
    assert {"dora2025", "gitlab", "fourkeys"} <= {*found["definition"]}
    assert (found["team"], found["complete"]) == ([], True)


def test_an_empty_log_has_nothing_to_pick(database: Database, plugins: Plugins) -> None:
    drain(*processors(database, plugins))
    found = overview(database, plugins, ask())
    assert (found["choices"]["service"], found["choices"]["complete"]) == ([], True)
    assert {told["value"] for told in found["metrics"]} == {None}


@pytest.mark.parametrize(("name", "value"), [("group_by", "service"), ("percentile", "90")])
def test_it_has_neither_groups_nor_percentiles(
    database: Database, plugins: Plugins, name: str, value: str
) -> None:
    with pytest.raises(InvalidQuery) as caught:
        overview(database, plugins, ask(**{name: value}))
    assert caught.value.where == name


def test_what_no_metric_can_answer_is_refused(filled: Database, plugins: Plugins) -> None:
    with pytest.raises(InvalidQuery) as caught:
        overview(filled, plugins, ask(definition="nobody's"))
    assert caught.value.where == "definition"
    assert "gitlab" in caught.value.allowed


class Shown(Asked):
    overview = True
    name = "shown"
    views = NO_VIEWS

    def definitions(self) -> Sequence[str]:
        return ["without nobody"]


class Refusing(Shown):
    name = "refusing"

    def answer(self, cursor: Any, tables: Tables, query: Any, definition: Any) -> MetricAnswer:
        query.only_by("tier")
        raise ZeroDivisionError("by zero")

    def definitions(self) -> Sequence[str]:
        raise SettingsError("no such file")


class Broken(Shown):
    name = "broken"

    def answer(self, cursor: Any, tables: Tables, query: Any, definition: Any) -> MetricAnswer:
        cursor.execute("select 1 / 0")
        raise AssertionError("Postgres has divided by zero")


class Chosen(Kept):
    def choices(self, cursor: Any, tables: Tables, tenants: Sequence[str]) -> Choices:
        cursor.execute(SQL("select distinct service from {kept} order by 1").format(**tables))
        return Choices({"service": [name for (name,) in cursor.fetchall()]})


class Unchosen(Kept):
    def choices(self, cursor: Any, tables: Tables, tenants: Sequence[str]) -> Choices:
        raise ZeroDivisionError("by zero")


def third_party(database: Database, projection: Kept, *metrics: Asked) -> Plugins:
    plugins = plugins_with(projections=[projection, ByService()], metrics=metrics)
    append_cdevents(database, [a_deployment(n, service=f"s{n % 2}") for n in range(4)])
    drain(*processors(database, plugins))
    return plugins


def test_a_plugins_metric_is_in_it_if_it_says_so(database: Database) -> None:
    plugins = third_party(database, Chosen(), Shown(), Asked())
    found = overview(database, plugins, ask())
    assert [(told["metric"], told["n"]) for told in found["metrics"]] == [("shown", 4)]
    assert found["choices"]["service"] == ["s0", "s1"]
    assert found["choices"]["definition"] == ["without nobody"]


def test_one_that_fails_or_refuses_spoils_no_other(database: Database) -> None:
    plugins = third_party(database, Unchosen(), Broken(), Refusing(), Shown())
    found = overview(database, plugins, ask(service="s1"))
    told = {each["metric"]: each for each in found["metrics"]}
    assert told["broken"]["problem"].startswith("DivisionByZero")
    assert told["refusing"]["problem"].startswith("this metric knows no service")
    assert told["shown"]["n"] == 4
    assert (found["choices"]["service"], found["choices"]["complete"]) == ([], False)
    told = {each["metric"]: each for each in overview(database, plugins, ask())["metrics"]}
    assert told["refusing"]["problem"] == "ZeroDivisionError: by zero"


NAMES = st.sampled_from(["shop", "pay", "s" * 3000, "ä", "a", "b"])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(NAMES, st.sampled_from(["production", "staging", "e" * 3000]))))
def test_every_service_and_environment_is_found(
    database: Database, places: list[tuple[str, str]]
) -> None:
    world = World(database)
    world.add(
        [
            deployed(f"d{n}", n, service=service, environment=environment)
            for n, (service, environment) in enumerate(places)
        ]
    )
    with database.snapshot() as cursor:
        found = choices(cursor, world.tables, ["default"])
        few = choices(cursor, world.tables, ["default"], most=1)
        assert choices(cursor, world.tables, ["another"]) == Choices(
            {"service": [], "environment": []}
        )
    assert found.complete
    assert found.values == {
        "service": sorted({service for service, _ in places}),
        "environment": sorted({environment for _, environment in places}),
    }
    assert few.complete == (len(set(places)) < 2)


def test_the_teams_can_be_picked(tmp_path: Path, database: Database, plugins: Plugins) -> None:
    path = tmp_path / "teams.toml"
    path.write_text('[[team]]\nname = "hats"\nservices = ["shop"]\n')
    drain(*processors(database, plugins))
    teams = Teams.configured(Settings.load({"STREAMGAUGE_TEAMS": str(path)}))
    query = MetricQuery.parse({}, now=START + timedelta(days=1), teams=teams)
    assert overview(database, plugins, query)["choices"]["team"] == ["hats"]
