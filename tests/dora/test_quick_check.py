"""The Quick Check as a metric: what the five come to, for the same question."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent
from streamgauge.postgres.database import Database
from streamgauge_dora.quick_check import METRICS, STABILITY, THROUGHPUT, benchmarks
from tests.dora.asking import METRICS as ASKED
from tests.dora.asking import PRESETS, ask
from tests.dora.histories import histories
from tests.dora.world import World, deployed, incident, pushed

CHECK = "dora_quick_check"


@pytest.fixture
def world(shared_database: Database) -> World:
    """Four weeks with two deployments in each, the second an hour and a half after its commit; one
    of the eight failed for half a day."""
    world = World(shared_database)
    hours = [7 * 24 * week + day for week in range(4) for day in (0, 48)]
    world.tell(
        [pushed(hour, f"c{hour}", written={f"c{hour}": hour}) for hour in hours]
        + [deployed(f"d{hour}", hour + 1.5, f"c{hour}") for hour in hours]
        + [incident("detected", "i", 50), incident("resolved", "i", 61.5)]
    )
    return world


def test_the_five_are_answered_and_scored(world: World) -> None:
    found = ask(world, CHECK)
    assert {name: (m["answer"], m["score"]) for name, m in found["metrics"].items()} == {
        "change_lead_time": (5, 8.0),
        "deployment_frequency": (4, 6.0),
        "failed_deployment_recovery_time": (5, 8.0),
        "change_fail_rate": (12.5, 8.75),
        "deployment_rework_rate": (0.0, 10.0),
    }
    assert found["throughput"] == pytest.approx(22 / 3)
    assert found["stability"] == 9.375
    assert found["value"] == pytest.approx((8 + 6 + 8 + 8.75 + 10) / 5)
    assert found["n"] == 32  # 7 changes, 8 deployments in three of them, 1 failure
    for metric in METRICS:
        alone = ask(world, metric)
        assert found["metrics"][metric]["value"] == alone["value"]
        assert found["metrics"][metric]["n"] == alone["n"]


def test_the_industrys_benchmarks_stand_beside_them(world: World) -> None:
    shown = ask(world, CHECK)["benchmarks"]
    assert shown["change_lead_time"] == {"mean": 5.5, "deviation": 2.4}
    assert shown["overall"] == {"mean": 6.72, "deviation": None}
    assert set(shown) == set(benchmarks())


def test_what_is_not_answered_is_left_out_of_the_means(world: World) -> None:
    found = ask(world, CHECK, from_="2026-01-19")  # in which nothing failed
    recovery = found["metrics"]["failed_deployment_recovery_time"]
    assert (recovery["answer"], recovery["score"], recovery["n"]) == (None, None, 0)
    assert (found["throughput"], found["stability"]) == (7.0, 10.0)
    assert found["value"] == (8 + 6 + 10 + 10) / 4
    assert found["previous"]["value"] is not None


def test_groups_and_buckets_have_scores_of_their_own(world: World) -> None:
    found = ask(world, CHECK, group_by="service", interval="week")
    (shop,) = found["groups"]
    assert (shop["service"], shop["value"]) == ("shop", found["value"])
    first, *rest = found["buckets"]
    assert first["metrics"]["change_fail_rate"]["score"] == 5.0
    assert [b["metrics"]["change_fail_rate"]["score"] for b in rest] == [10.0] * 3
    assert "benchmarks" not in shop
    assert "benchmarks" not in first


@pytest.mark.parametrize("preset", PRESETS)
def test_nothing_is_null_whatever_a_preset_says_for_no_data(
    shared_database: Database, preset: str
) -> None:
    found = ask(World(shared_database), CHECK, definition=preset)
    assert (found["value"], found["throughput"], found["stability"]) == (None, None, None)
    assert found["n"] == 0
    assert found["reason"] == "nothing of this range answers any of the five questions"
    assert {m["score"] for m in found["metrics"].values()} == {None}


def test_its_definition_is_the_whole_of_the_configured_one() -> None:
    assert set(METRICS) < set(ASKED[CHECK].definition())


def mean(scored: Any, names: Any) -> float | None:
    known = [scored[name]["score"] for name in names if scored[name]["score"] is not None]
    return sum(known) / len(known) if known else None


@pytest.mark.slow
@given(events=histories(), preset=st.sampled_from(PRESETS), data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_scores_are_of_what_the_five_answer_themselves(
    shared_database: Database, events: list[CDEvent], preset: str, data: st.DataObject
) -> None:
    world = World(shared_database)
    world.tell(events)
    found = ask(world, CHECK, definition=preset, interval="month")
    for metric in METRICS:
        alone = ask(world, metric, definition=preset, interval="month")
        for mine, its in zip([found, *found["buckets"]], [alone, *alone["buckets"]], strict=True):
            assert (mine["metrics"][metric]["value"], mine["metrics"][metric]["n"]) == (
                its["value"],
                its["n"],
            )
    for each in (found, *found["buckets"]):
        assert each["throughput"] == pytest.approx(mean(each["metrics"], THROUGHPUT))
        assert each["stability"] == pytest.approx(mean(each["metrics"], STABILITY))
        assert each["value"] is None or 0 <= each["value"] <= 10
    other = World(shared_database)
    other.tell(data.draw(st.permutations(events)))
    assert ask(other, CHECK, definition=preset, interval="month") == found
