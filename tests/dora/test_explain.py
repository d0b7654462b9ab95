"""An explanation is what the number is made of: its items come to the answer, and say why not."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent
from streamgauge.metrics import MetricExplanation, median
from streamgauge.postgres.database import Database
from streamgauge_dora.asking.explaining import REASONS
from tests.dora.asking import METRICS, PRESETS, ask, query
from tests.dora.histories import histories
from tests.dora.questions import batches
from tests.dora.world import (
    World,
    change,
    corrected,
    deployed,
    failed,
    incident,
    key_of,
    pushed,
    sha,
)


def explained(world: World, metric: str, **parameters: Any) -> MetricExplanation:
    asked = METRICS[metric]
    with world.database.snapshot() as cursor:
        return asked.explain(cursor, world.tables, query(**parameters), asked.definition())


def told(found: MetricExplanation, **wanted: Any) -> list[dict[str, Any]]:
    """The items that say this."""
    return [dict(item) for item in found.items if all(item.get(k) == v for k, v in wanted.items())]


@given(
    events=histories(),
    metric=st.sampled_from(sorted(METRICS)),
    preset=st.sampled_from(PRESETS),
    group_by=st.sampled_from(("", "service", "service,environment")),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_items_come_to_the_answer(
    shared_database: Database, events: list[CDEvent], metric: str, preset: str, group_by: str
) -> None:
    world = World(shared_database)
    world.tell(events)
    grouping = {"group_by": group_by} if group_by else {}
    answer = ask(world, metric, definition=preset, **grouping)
    found = explained(world, metric, definition=preset, **grouping)
    for member in ("value", "n", "band", "median", "mean", "coverage"):
        assert found.result.get(member) == answer.get(member), member
    assert found.result["left_out"] == answer["left_out"]
    reasons = Counter(item["left_out"] for item in found.items if not item["counts"])
    assert reasons == answer["left_out"]
    assert set(reasons) <= set(REASONS)
    amounts = [item["amount"] for item in found.items if item["counts"] and item["amount"]]
    if METRICS[metric].percentiles and preset == "dora2025" and amounts:
        assert median(amounts) == answer["value"]


@given(
    events=histories(),
    metric=st.sampled_from(sorted(METRICS)),
    preset=st.sampled_from(PRESETS),
    data=st.data(),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_the_same_in_whatever_order_events_come(
    shared_database: Database,
    events: list[CDEvent],
    metric: str,
    preset: str,
    data: st.DataObject,
) -> None:
    told_at_once = World(shared_database)
    told_at_once.tell(events)
    expected = explained(told_at_once, metric, definition=preset)
    world = World(shared_database)
    for batch in batches(data.draw, events):
        world.link(world.add(batch))
    assert explained(world, metric, definition=preset) == expected
    world.link(None)
    assert explained(world, metric, definition=preset) == expected, "made again of all facts"


@pytest.fixture
def world(shared_database: Database) -> World:
    world = World(shared_database)
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a"), pushed(2, "b"), deployed("d2", 3, "b")]
        + [change("created", 7, 3), pushed(4, "c"), change("merged", 7, 4, "c", title="Pay")]
        + [deployed("d3", 5, "c"), failed("f", 6, "c"), deployed("s", 6, "c", environment="qa")]
        + [deployed("unknown", 7), incident("detected", "i1", 5.5), incident("resolved", "i1", 8)]
        + [incident("detected", "i2", 20, service="other")]
    )
    return world


def test_what_is_left_out_says_why(world: World) -> None:
    found = explained(world, "change_lead_time")
    assert [item["change"] for item in told(found, left_out="first_deployment")] == [
        told(found, deployment=key_of(deployed("d1", 1, "a")), role=None)[0]["change"]
    ]
    (shipped,) = told(found, change="https://git.example/acme/shop/pulls/7")
    assert (shipped["counts"], shipped["rule"]) == (True, "commit")
    assert shipped["deployment"] == key_of(deployed("d3", 5))
    assert [item["deployment"] for item in told(found, left_out="no_commit")] == [
        key_of(deployed("unknown", 7))
    ]
    frequency = explained(world, "deployment_frequency")
    assert frequency.result["left_out"] == {"failed_attempt": 1, "not_production": 1}


def test_what_was_deployed_before_the_range_counts_there(world: World) -> None:
    eu = [deployed(f"eu {n}", hour, n, environment="prod-eu") for n, hour in (("a", 2), ("b", 30))]
    world.add(eu)
    world.link(None)
    found = explained(world, "change_lead_time", from_="2026-01-06")
    assert [item["left_out"] for item in told(found, environment="prod-eu", rule="commit")] == [
        "counted_before"
    ]
    alone = explained(world, "change_lead_time", from_="2026-01-06", environment="prod-eu")
    assert {item["left_out"] for item in told(alone, rule="commit")} == {None}


def test_a_first_deployment_uses_up_no_change(world: World) -> None:
    """That a new service has it says nothing of one that gets it later."""
    world.add([deployed("new", 4.5, "c", service="new"), pushed(4.2, "e")])
    world.link(None)
    counted = told(explained(world, "change_lead_time"), rule="commit", counts=True)
    assert key_of(deployed("d3", 5, "c")) in {item["deployment"] for item in counted}


def test_a_failed_deployment_names_its_causes_and_their_rules(world: World) -> None:
    (failure,) = told(explained(world, "change_fail_rate"), role="part")
    assert failure["deployment"] == key_of(deployed("d3", 5))
    assert [(c["rule"], c["incident"]) for c in failure["causes"]] == [("service", "i1")]
    (lost,) = told(explained(world, "change_fail_rate"), left_out="not_linked")
    assert lost["incident"] == "i2"


@pytest.mark.parametrize("preset", ["dora2025", "devlake-2023", "middleware"])
def test_a_correction_is_stronger_than_the_rules_of_any_definition(
    world: World, preset: str
) -> None:
    right = key_of(deployed("d2", 3))
    world.add([corrected("incident", "i1", right, 40)])
    world.link(None)
    failures = told(explained(world, "change_fail_rate", definition=preset), role="part")
    (failure,) = [found for found in failures if found["deployment"] == right]
    assert [(c["rule"], c["incident"]) for c in failure["causes"]] == [("corrected", "i1")]


def test_incidents_of_a_push_are_named(world: World) -> None:
    """By fourkeys each event of an incident that names the commit counts."""
    cause = {"rootCause": sha("b"), "service": None}
    world.add([incident("detected", "i8", 9, **cause), incident("detected", "i9", 9, **cause)])
    world.add([incident("resolved", "i9", 10, **cause)])
    world.link(None)
    (part,) = told(explained(world, "change_fail_rate", definition="fourkeys"), role="part")
    assert part["deployment"] == key_of(deployed("d2", 3))
    assert (part["events"], part["incidents"]) == (3, ["i8", "i9"])
