"""The preset middleware: each sentence of how Middleware computes its four metrics, as a number."""

from __future__ import annotations

from typing import Any

import pytest

from streamgauge.postgres.database import Database
from tests.dora.asking import METRICS, ask
from tests.dora.world import World, change, deployed, failed, incident, merged, pushed

HOUR = 3600.0
DAY = 24
FREQUENCY, LEAD, RATE, RECOVERY, *_ = METRICS


@pytest.fixture
def world(shared_database: Database) -> World:
    return World(shared_database)


def middleware(world: World, metric: str, **asked: Any) -> dict[str, Any]:
    return ask(world, metric, definition="middleware", **asked)


def reviewed(number: int, created: float, at: float) -> list[Any]:
    return [
        change("created", number, created, author="ann"),
        change("reviewed", number, at, author="ann", reviewer="bob"),
    ]


def test_lead_time_is_the_sum_of_five_parts(world: World) -> None:
    """Two hours to open, one to the first response, four to the merge, three to the deployment."""
    world.tell([*merged(1, 7, "b", written=0), *reviewed(1, 2, 3), deployed("d", 10, "b")])
    found = middleware(world, LEAD)
    assert (found["value"], found["n"]) == (10 * HOUR, 1)


def test_what_nobody_reviewed_has_no_time_between_open_and_merged(world: World) -> None:
    world.tell([*merged(1, 7, "b", written=0), change("created", 1, 2), deployed("d", 10, "b")])
    assert middleware(world, LEAD)["value"] == 5 * HOUR


def test_the_default_begins_with_the_first_commit_reviewed_or_not(world: World) -> None:
    world.tell(
        [pushed(0, "a"), deployed("d0", 0.5, "a"), *merged(1, 7, "b", written=1)]
        + [change("created", 1, 2), deployed("d", 10, "b")]
    )
    assert ask(world, LEAD)["value"] == 9 * HOUR


def test_a_commit_after_the_opening_does_not_count_against_it(world: World) -> None:
    world.tell([*merged(1, 7, "b", written=6), *reviewed(1, 2, 3), deployed("d", 10, "b")])
    assert middleware(world, LEAD)["value"] == 8 * HOUR


def test_the_first_deployment_takes_what_was_merged_before(world: World) -> None:
    world.tell([*merged(1, 1, "b"), deployed("d", 49, "b")])
    assert middleware(world, LEAD)["value"] == 48 * HOUR
    assert ask(world, LEAD)["value"] is None


def test_lead_time_is_the_mean_by_the_week_of_the_merge(world: World) -> None:
    world.tell(
        [*merged(1, 1, "b"), *merged(2, 3, "c"), *merged(3, 8 * DAY, "d")]
        + [deployed("d1", 9 * DAY, "d")]
    )
    found = middleware(world, LEAD, to="2026-01-19")
    whole = 9 * DAY
    assert [bucket["value"] for bucket in found["buckets"]] == [
        (whole - 2) * HOUR, DAY * HOUR,
    ]  # fmt: skip
    assert found["value"] == (3 * whole - 1 - 3 - 8 * DAY) / 3 * HOUR


def test_what_is_not_deployed_is_left_out(world: World) -> None:
    world.tell([*merged(1, 1, "b"), deployed("d", 5, "b"), *merged(2, 6, "c")])
    found = middleware(world, LEAD)
    assert (found["value"], found["n"], found["left_out"]) == (4 * HOUR, 1, {"not_deployed": 1})


def test_a_failed_run_or_another_environment_s_deploys_nothing(world: World) -> None:
    world.tell(
        [*merged(1, 1, "b"), failed("f", 2, "b"), deployed("s", 3, "b", environment="staging")]
        + [deployed("d", 5, "b")]
    )
    assert middleware(world, LEAD)["value"] == 4 * HOUR


def test_a_change_is_in_the_first_deployment_of_its_branch_whatever_commit_that_is_of(
    world: World,
) -> None:
    """The pipeline deploys an older commit after the merge: by the clock, the change is in it."""
    world.tell(
        [pushed(0, "a"), deployed("d0", 1, "a"), *merged(1, 5, "b"), deployed("old", 6, "a")]
        + [deployed("d1", 9, "b")]
    )
    assert middleware(world, LEAD)["value"] == HOUR
    assert ask(world, LEAD)["value"] == 4 * HOUR


def test_a_deployment_at_the_moment_of_the_merge_has_it(world: World) -> None:
    world.tell([*merged(1, 5, "b"), deployed("d", 5, "b"), deployed("d2", 8, "b")])
    assert middleware(world, LEAD)["value"] == 0


def test_a_deployment_of_another_branch_or_repository_does_not_have_it(world: World) -> None:
    other = "https://git.example/acme/lib"
    world.tell(
        [pushed(0, "a"), pushed(0, "t", branch="topic"), pushed(0, "l", repository=other)]
        + [*merged(1, 5, "b"), deployed("topic", 6, "t")]
        + [deployed("lib", 7, "l", repository=other), deployed("d", 9, "b")]
    )
    assert middleware(world, LEAD)["value"] == 4 * HOUR


def test_a_change_is_deployed_with_the_branch_that_its_branch_was_merged_into(
    world: World,
) -> None:
    world.tell(
        [*merged(1, 4, "b", branch="topic", head_branch="part")]
        + [*merged(2, 8, "m", head_branch="topic"), deployed("d", 10, "m")]
        + [*merged(3, 9, "late", branch="topic", head_branch="more")]
    )
    found = middleware(world, LEAD)
    assert (found["mean"], found["n"]) == (4 * HOUR, 2)  # six hours and two
    assert found["left_out"] == {"not_deployed": 1}


def test_a_change_of_two_services_counts_once_and_once_in_the_group_of_each(world: World) -> None:
    world.tell(
        [*merged(1, 1, "b"), deployed("d1", 3, "b"), deployed("d2", 6, "b", service="pay")]
        + [deployed("d3", 7, "b")]
    )
    found = middleware(world, LEAD, group_by="service")
    assert (found["value"], found["n"]) == (2 * HOUR, 1)
    assert [(g["service"], g["value"], g["n"]) for g in found["groups"]] == [
        ("pay", 5 * HOUR, 1), ("shop", 2 * HOUR, 1),
    ]  # fmt: skip
    assert middleware(world, LEAD, service="pay")["value"] == 5 * HOUR


def test_branches_that_are_merged_into_each_other_come_to_an_end(world: World) -> None:
    world.tell(
        [*merged(1, 1, "a", branch="one", head_branch="two")]
        + [*merged(2, 2, "b", branch="two", head_branch="one")]
        + [*merged(3, 3, "c", branch="one", head_branch="two"), deployed("d", 4, "c")]
    )
    assert middleware(world, LEAD)["mean"] == (3 + 2 + 1) / 3 * HOUR


def test_an_incident_is_of_the_deployment_until_the_next_one(world: World) -> None:
    world.tell(
        [deployed(f"d{n}", 10 * n) for n in range(4)]
        + [incident("detected", "at d1", 10), incident("detected", "before d2", 19.9)]
        + [incident("detected", "at d3", 30)]
    )
    found = middleware(world, RATE)
    assert (found["failed"], found["n"], found["value"]) == (2, 4, 50.0)


def test_an_incident_is_of_the_latest_deployment_whatever_the_service_and_the_gap(
    world: World,
) -> None:
    world.tell(
        [deployed("d1", 0), deployed("d2", 1, service="pay")]
        + [incident("detected", "i", 20 * DAY, environment="staging")]
    )
    found = middleware(world, RATE, group_by="service")
    assert {group["service"]: group["value"] for group in found["groups"]} == {
        "pay": 100.0, "shop": 0.0,
    }  # fmt: skip
    assert ask(world, RATE)["failed"] == 0


def test_an_incident_before_the_first_deployment_is_of_none(world: World) -> None:
    world.tell([incident("detected", "i", 1), deployed("d", 2)])
    assert middleware(world, RATE)["value"] == 0


def test_where_there_is_nothing_lead_time_and_failure_rate_are_zero(world: World) -> None:
    for metric in (LEAD, RATE):
        found = middleware(world, metric)
        assert (found["value"], found["n"]) == (0, 0)
        assert ask(world, metric)["value"] is None
    assert middleware(world, RECOVERY)["value"] is None


def test_recovery_is_the_mean_by_the_week_of_the_resolution(world: World) -> None:
    for name, start, end in (("i1", 0, 2), ("i2", 1, 5), ("i3", 2, 8 * DAY + 2)):
        world.add([incident("detected", name, start, environment="moon")])
        world.add([incident("resolved", name, end, environment="moon")])
    world.link(None)
    found = middleware(world, RECOVERY, to="2026-01-19")
    assert [b["value"] for b in found["buckets"]] == [3 * HOUR, 8 * DAY * HOUR]
    assert found["value"] == 66 * HOUR


def test_frequency_drops_the_rest_of_each_division(world: World) -> None:
    """55 through 28 days is 1, through four weeks 13, through two months 27; a month has no less
    than thirty times the days."""
    world.tell([deployed(f"d{n}", n) for n in range(55)])
    found = middleware(world, FREQUENCY, interval="month")
    assert (found["daily"], found["weekly"], found["monthly"]) == (1, 13, 30)
    assert found["value"] == 30
    assert middleware(world, FREQUENCY, interval="day")["value"] == 1
    assert middleware(world, FREQUENCY, interval="week")["value"] == 13


def test_a_week_has_no_less_than_seven_times_the_days(world: World) -> None:
    """A Sunday and a Monday: the range is of two weeks, and of one month."""
    world.tell([deployed(f"d{n}", 7 * DAY + n) for n in range(4)])
    found = middleware(world, FREQUENCY, **{"from": "2026-01-11", "to": "2026-01-13"})
    assert (found["daily"], found["weekly"], found["monthly"]) == (2, 14, 60)


def test_fewer_deployments_than_days_are_none_a_day(world: World) -> None:
    world.tell([deployed(f"d{n}", n) for n in range(27)])
    found = middleware(world, FREQUENCY)
    assert (found["daily"], found["weekly"], found["monthly"]) == (0, 6, 13)
    default = ask(world, FREQUENCY)  # Monday and Tuesday of the first of four weeks
    assert (default["value"], default["volume"], default["days"]) == (0, 27, 2)


def test_failed_deployments_and_those_elsewhere_do_not_count(world: World) -> None:
    world.tell([failed("f", 1), deployed("s", 1, environment="staging"), deployed("d", 2)])
    assert middleware(world, FREQUENCY)["n"] == 1
