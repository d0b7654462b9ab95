"""The preset gitlab: each sentence of how GitLab computes its four metrics, as a number."""

from __future__ import annotations

from typing import Any

import pytest

from streamgauge.postgres.database import Database
from streamgauge_dora.bands import Frequency
from streamgauge_dora.defining import Definitions
from tests.dora.asking import METRICS, SETTINGS, ask
from tests.dora.world import World, at, change, deployed, failed, incident, merged, pushed

HOUR = 3600.0
DAY = 24
FREQUENCY, LEAD, RATE, RECOVERY, *_ = METRICS


@pytest.fixture
def world(shared_database: Database) -> World:
    return World(shared_database)


def gitlab(world: World, metric: str, **asked: Any) -> dict[str, Any]:
    return ask(world, metric, definition="gitlab", **asked)


def values(found: dict[str, Any]) -> list[float | None]:
    return [bucket["value"] for bucket in found["buckets"]]


def test_a_day_has_the_successful_deployments_that_finished_on_it(world: World) -> None:
    world.tell(
        [deployed("d1", 1), deployed("d2", 2), failed("f", 3)]
        + [deployed("s", 4, environment="staging"), deployed("d3", 20)]
        + [deployed("long", 16, startedAt=at(14).isoformat())]  # Monday evening to Tuesday
    )
    found = gitlab(world, FREQUENCY, to="2026-01-08", interval="day")
    assert values(found) == [2, 2, None]


def test_frequency_is_the_count_through_the_inclusive_days_of_the_range_in_the_bucket(
    world: World,
) -> None:
    """27 days of January and two of February are asked for."""
    world.tell([deployed(f"d{n}", n) for n in range(9)] + [deployed("last", 27 * DAY)])
    found = gitlab(world, FREQUENCY, to="2026-02-03", interval="month")
    assert values(found) == [9 / 27, 1 / 2]
    assert found["value"] == 10 / 29
    assert [bucket["volume"] for bucket in found["buckets"]] == [9, 1]
    assert found["volume"] == 10


def test_lead_time_is_from_the_merge_to_the_end_of_the_deployment(world: World) -> None:
    world.tell([deployed("d0", 0), *merged(1, 5, "b", written=1), deployed("d1", 9, "b")])
    found = gitlab(world, LEAD)
    assert (found["value"], found["n"]) == (4 * HOUR, 1)


def test_a_merge_after_the_end_of_its_deployment_took_no_time(world: World) -> None:
    world.tell([pushed(2, "b"), deployed("d1", 3, "b"), change("merged", 1, 5, "b")])
    found = gitlab(world, LEAD)
    assert (found["value"], found["n"]) == (0, 1)


def test_commits_without_a_merge_request_have_no_lead_time(world: World) -> None:
    world.tell([pushed(0, "a"), deployed("d0", 1, "a"), pushed(2, "b"), deployed("d1", 3, "b")])
    assert gitlab(world, LEAD)["n"] == 0


ONE_BUSY_DAY = [
    pushed(0, "a"),
    deployed("d0", 0.5, "a"),
    pushed(1, "c1", "c2", "c3", written={"c1": 1, "c2": 1, "c3": 1}),
    *(change("merged", n, 1, f"c{n}", commits=3) for n in (1, 2, 3)),
    deployed("d1", 2, "c3"),  # one hour, three times
]
THREE_DAYS = [
    *ONE_BUSY_DAY,
    *merged(4, DAY + 1, "c4"),
    deployed("d2", DAY + 6, "c4"),  # five hours
    *merged(5, 2 * DAY + 1, "c5"),
    deployed("d3", 2 * DAY + 10, "c5"),  # nine hours
]


def test_lead_time_of_a_longer_time_is_the_median_of_the_medians_of_days(world: World) -> None:
    world.tell(THREE_DAYS)
    found = gitlab(world, LEAD)
    assert (found["value"], found["n"], found["median"]) == (5 * HOUR, 5, HOUR)
    assert values(gitlab(world, LEAD, to="2026-01-08", interval="day")) == [
        HOUR, 5 * HOUR, 9 * HOUR,
    ]  # fmt: skip
    assert values(gitlab(world, LEAD, to="2026-02-01", interval="month")) == [5 * HOUR]


def test_the_default_has_the_median_of_all_changes(world: World) -> None:
    world.tell(THREE_DAYS)
    assert ask(world, LEAD)["value"] == HOUR


def test_a_day_is_the_median_of_the_medians_of_its_environments(world: World) -> None:
    world.tell(
        [*ONE_BUSY_DAY, deployed("e0", 0.5, "a", environment="prod-eu")]
        + [deployed("e1", 6, "c1", environment="prod-eu")]  # five hours, once
    )
    found = gitlab(world, LEAD, to="2026-01-06", interval="day")
    assert (values(found), found["n"]) == ([3 * HOUR], 4)
    assert ask(world, LEAD, to="2026-01-06")["n"] == 3, "the default counts a change once"


def test_the_first_deployment_has_all_that_was_merged_before(world: World) -> None:
    world.tell([*merged(1, 2, "b"), deployed("d1", 50, "b")])
    assert gitlab(world, LEAD)["value"] == 48 * HOUR
    default = ask(world, LEAD)
    assert (default["value"], default["left_out"]) == (None, {"first_deployment": 1})


def test_time_to_restore_is_of_the_incidents_closed_that_day(world: World) -> None:
    world.tell(
        [incident("detected", "i1", 1), incident("resolved", "i1", 2 * DAY)]
        + [incident("detected", "i2", 2), incident("resolved", "i2", 5)]
        + [incident("detected", "i3", 2)]
    )
    found = gitlab(world, RECOVERY, to="2026-01-08", interval="day")
    assert values(found) == [3 * HOUR, None, 47 * HOUR]
    assert found["value"] == 25 * HOUR


def test_time_to_restore_of_a_longer_time_is_the_median_of_the_medians_of_days(
    world: World,
) -> None:
    for n, (start, hours) in enumerate([(0, 1), (1, 1), (2, 1), (DAY, 5), (2 * DAY, 9)]):
        world.add([incident("detected", f"i{n}", start)])
        world.add([incident("resolved", f"i{n}", start + hours)])
    world.link(None)
    found = gitlab(world, RECOVERY)
    assert (found["value"], found["median"]) == (5 * HOUR, HOUR)


def test_incidents_count_on_production_only(world: World) -> None:
    for environment in ("production", "staging"):
        world.add([deployed(environment, 0, environment=environment)])
        world.add([incident("detected", f"i {environment}", 1, environment=environment)])
        world.add([incident("resolved", f"i {environment}", 2, environment=environment)])
    world.link(None)
    assert gitlab(world, RECOVERY)["n"] == 1
    assert gitlab(world, RATE)["incidents"] == 1
    both = gitlab(world, RATE, tier=["production", "staging"])
    assert (both["incidents"], both["n"], both["value"]) == (1, 2, 0.5)
    elsewhere = gitlab(world, RATE, tier="staging")
    assert (elsewhere["value"], elsewhere["left_out"]) == (None, {"not_production": 1})
    assert gitlab(world, RECOVERY, tier="staging")["value"] is None


def test_incidents_are_counted_on_the_day_on_which_they_were_created(world: World) -> None:
    world.tell(
        [deployed("d1", 0), deployed("d2", DAY), incident("detected", "i", DAY + 1)]
        + [incident("resolved", "i", 3 * DAY)]
    )
    assert values(gitlab(world, RATE, to="2026-01-08", interval="day")) == [0, 1, None]


def test_an_incident_counts_once_for_each_production_environment_of_its_project(
    world: World,
) -> None:
    """GitLab's incidents are a project's: it does not know in which environment they were."""
    world.tell(
        [deployed("d1", 0), deployed("d2", 1, environment="prod-eu")]
        + [deployed("s", 1, environment="staging"), deployed("other", 1, service="pay")]
        + [incident("detected", "i", 2), incident("resolved", "i", 4)]
    )
    found = gitlab(world, RATE, service="shop")
    assert (found["incidents"], found["n"], found["value"]) == (2, 2, 1.0)
    assert gitlab(world, RECOVERY)["n"] == 2
    default = ask(world, RATE, service="shop")
    assert (default["failed"], default["n"], default["value"]) == (1, 2, 0.5)


def test_an_environment_that_a_tool_calls_production_is_one(world: World) -> None:
    world.tell(
        [deployed("d1", 0, environment="europe", production=True)]
        + [incident("detected", "i", 1, environment="europe")]
    )
    assert gitlab(world, RATE)["value"] == 1.0


def test_asked_for_by_itself_an_environment_has_what_its_group_has(world: World) -> None:
    """Only the other environment's deployments say that the incident's own is production."""
    world.tell(
        [deployed("d1", 0, environment="europe", production=True), deployed("d2", 1)]
        + [incident("detected", "i", 2, environment="europe")]
        + [incident("resolved", "i", 4, environment="europe")]
    )
    for metric, value in ((RATE, 1.0), (RECOVERY, 2 * HOUR)):
        groups = gitlab(world, metric, group_by="environment")["groups"]
        assert {group["environment"]: group["value"] for group in groups} == {
            "europe": value,
            "production": value,
        }
        assert gitlab(world, metric, environment="production")["value"] == value


def test_an_incident_is_of_the_environments_that_its_project_has(world: World) -> None:
    """A tool that knows no environments calls each incident's `production`."""
    world.tell([deployed("d1", 0, environment="prod-eu"), incident("detected", "i", 1)])
    found = gitlab(world, RATE, group_by="environment")
    assert {group["environment"]: group["value"] for group in found["groups"]} == {"prod-eu": 1.0}


def test_an_incident_that_names_only_its_repository_is_that_project_s(world: World) -> None:
    more: dict[str, Any] = {"service": None}
    world.tell(
        [deployed("d1", 0)]
        + [incident("detected", "i", 1, repository="git@git.example:acme/shop.git", **more)]
        + [incident("detected", "elsewhere", 1, repository="https://git.example/a/b", **more)]
    )
    assert gitlab(world, RATE, repository="git.example/acme/shop")["incidents"] == 1


def test_without_a_deployment_incidents_are_divided_by_one(world: World) -> None:
    world.tell([incident("detected", f"i{n}", n) for n in range(3)])
    assert gitlab(world, RATE)["value"] == 3.0
    assert ask(world, RATE)["value"] is None


def test_the_failure_rate_may_be_more_than_one(world: World) -> None:
    world.tell([deployed("d", 0), *(incident("detected", f"i{n}", n + 1) for n in range(2))])
    assert gitlab(world, RATE)["value"] == 2.0
    assert ask(world, RATE)["value"] == 1.0


@pytest.mark.parametrize("metric", [FREQUENCY, LEAD, RATE, RECOVERY])
def test_a_day_without_a_row_has_no_value_and_no_score(world: World, metric: str) -> None:
    found = gitlab(world, metric, to="2026-01-07", interval="day")
    assert values(found) == [None, None]
    assert (found["value"], found["band"]) == (None, None)


@pytest.mark.parametrize(
    ("metric", "value", "score"),
    [
        (FREQUENCY, 1, "high"),
        (FREQUENCY, 0.99, "medium"),
        (FREQUENCY, 1 / 30, "medium"),
        (FREQUENCY, 1 / 31, "low"),
        (LEAD, 7 * DAY * HOUR, "high"),
        (LEAD, 7 * DAY * HOUR + 1, "medium"),
        (LEAD, 30 * DAY * HOUR, "medium"),
        (LEAD, 30 * DAY * HOUR + 1, "low"),
        (RECOVERY, DAY * HOUR, "high"),
        (RECOVERY, DAY * HOUR + 1, "medium"),
        (RECOVERY, 7 * DAY * HOUR, "medium"),
        (RECOVERY, 7 * DAY * HOUR + 1, "low"),
        (RATE, 0.15, "high"),
        (RATE, 0.151, "medium"),
        (RATE, 0.45, "medium"),
        (RATE, 0.451, "low"),
    ],
)
def test_scores(metric: str, value: float, score: str) -> None:
    bands = Definitions(SETTINGS).named("gitlab").bands
    assert bands is not None
    often = Frequency(None, None, None, deployments_per_day=value)
    band = bands.of(metric, often if metric == FREQUENCY else value)
    assert band is not None
    assert band.name == score
