"""The preset pelorus: each sentence of how Pelorus computes its four metrics, as a number."""

from __future__ import annotations

from typing import Any

import pytest

from streamgauge.postgres.database import Database
from tests.dora.asking import METRICS, ask
from tests.dora.world import World, at, deployed, incident, published, pushed

HOUR = 3600.0
FREQUENCY, LEAD, RATE, RECOVERY, *_ = METRICS


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def pelorus(world: World, metric: str, **asked: Any) -> dict[str, Any]:
    return ask(world, metric, definition="pelorus", **asked)


def image(number: int) -> str:
    return f"pkg:oci/image@sha256:{number:064x}"


def wrote(*commits: str) -> Any:
    """They were all written at the beginning."""
    return pushed(0.5, *commits, written=dict.fromkeys(commits, 0))


def test_lead_time_is_from_the_image_s_commit_to_the_quickest_deployment_of_it(
    world: World,
) -> None:
    world.tell(
        [wrote("a"), deployed("p", 5, "a", artifact=image(1))]
        + [deployed("s", 3, "a", artifact=image(1), environment="staging")]
        + [deployed("again", 9, "a", artifact=image(1))]
    )
    found = pelorus(world, LEAD)
    assert (found["value"], found["n"]) == (3 * HOUR, 1)


def test_an_image_is_of_one_commit_and_not_of_those_before_it(world: World) -> None:
    world.tell(
        [wrote("a"), deployed("d1", 1, "a", artifact=image(1))]
        + [pushed(9, "b", "c", written={"b": 2, "c": 8}), deployed("d2", 9, "c", artifact=image(2))]
    )
    found = pelorus(world, LEAD)
    assert (found["value"], found["n"]) == (HOUR, 2)
    assert ask(world, LEAD)["n"] == 2  # b and c: the first deployment is where it begins


def test_the_commit_is_found_by_the_image(world: World) -> None:
    world.tell([wrote("a"), published(image(1), 1, "a"), deployed("d", 2, artifact=image(1))])
    assert pelorus(world, LEAD)["value"] == 2 * HOUR


def test_the_time_of_a_deployment_is_when_it_began_and_not_when_it_was_ready(world: World) -> None:
    world.tell([wrote("a"), deployed("d", 5, "a", artifact=image(1), startedAt=at(3).isoformat())])
    assert pelorus(world, LEAD)["value"] == 3 * HOUR


THREE_IMAGES = [
    wrote("a", "b", "c"),
    deployed("d1", 2, "a", artifact=image(1)),
    deployed("d2", 4, "b", artifact=image(2)),
    deployed("d3", 9, "c", artifact=image(3), service="pay"),
]


def test_lead_time_of_all_is_the_mean_of_the_means_of_apps(world: World) -> None:
    world.tell(THREE_IMAGES)
    found = pelorus(world, LEAD, group_by="service")
    assert {group["service"]: group["value"] for group in found["groups"]} == {
        "pay": 9 * HOUR, "shop": 3 * HOUR,
    }  # fmt: skip
    assert (found["value"], found["mean"]) == (6 * HOUR, 5 * HOUR)


def test_the_default_has_the_median_of_all_changes(world: World) -> None:
    """The ones after the first of each service: two, four and nine hours."""
    world.tell(
        [pushed(0, "0"), deployed("s0", 0.1, "0"), deployed("p0", 0.1, "0", service="pay")]
        + [pushed(0.5, "a", "b", "c", written=dict.fromkeys("abc", 0))]
        + [deployed("d1", 2, "a"), deployed("d2", 4, "b"), deployed("d3", 9, "c")]
    )
    found = ask(world, LEAD)
    assert (found["value"], found["n"]) == (4 * HOUR, 3)


def test_time_to_restore_is_the_mean_of_the_means_of_apps(world: World) -> None:
    for name, service, hours in (("i1", "shop", 2), ("i2", "shop", 4), ("i3", "pay", 9)):
        world.add([incident("detected", name, 1, service=service)])
        world.add([incident("resolved", name, 1 + hours, service=service)])
    world.link(None)
    found = pelorus(world, RECOVERY)
    assert (found["value"], found["mean"], found["n"]) == (6 * HOUR, 5 * HOUR, 3)


def test_failures_of_no_known_app_do_not_count(world: World) -> None:
    world.tell(
        [*THREE_IMAGES, incident("detected", "i", 1, service=None)]
        + [incident("resolved", "i", 3, service=None)]
    )
    assert (pelorus(world, RATE)["value"], pelorus(world, RATE)["incidents"]) == (0, 0)
    found = pelorus(world, RECOVERY)
    assert (found["value"], found["left_out"]) == (None, {"no_service": 1})


def test_failures_are_divided_by_images_for_each_app_and_the_mean_is_taken(world: World) -> None:
    """Half of shop's, none of pay's; what has failures and no image is nowhere."""
    world.tell(
        [*THREE_IMAGES, incident("detected", "i1", 1), incident("detected", "i2", 2, service="x")]
    )
    found = pelorus(world, RATE)
    assert (found["value"], found["n"]) == (0.25, 3)


def test_failures_need_not_have_been_resolved_or_in_production(world: World) -> None:
    world.tell([*THREE_IMAGES, incident("detected", "i", 1, environment="staging")])
    assert pelorus(world, RATE, service="shop")["value"] == 0.5
    assert ask(world, RATE, service="shop")["failed"] == 0


def test_more_failures_than_images_are_more_than_one(world: World) -> None:
    world.tell([*THREE_IMAGES, *(incident("detected", f"i{n}", 5 + n) for n in range(3))])
    assert pelorus(world, RATE, service="shop")["value"] == 1.5
    assert ask(world, RATE, service="shop")["value"] <= 1


def test_frequency_is_the_number_of_images_of_apps(world: World) -> None:
    world.tell(
        [*THREE_IMAGES, deployed("again", 11, "a", artifact=image(1))]
        + [deployed("other", 12, "a", artifact=image(1), service="pay")]
        + [deployed("s", 13, "b", artifact=image(4), environment="staging")]
    )
    found = pelorus(world, FREQUENCY)
    assert (found["value"], found["n"]) == (5, 6)
    assert ask(world, FREQUENCY)["volume"] == 5, "the default counts deployments to production"


def test_there_are_no_bands(world: World) -> None:
    world.tell(THREE_IMAGES)
    for metric in (FREQUENCY, LEAD, RATE):
        assert pelorus(world, metric)["band"] is None
