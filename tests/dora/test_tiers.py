"""A tool may say of a deployment, and need not of each, that its environment is production."""

from __future__ import annotations

from typing import Any

import pytest

from streamgauge.postgres.database import Database
from tests.dora.asking import ask
from tests.dora.world import World, deployed, incident

EUROPE: dict[str, Any] = {"environment": "europe"}


@pytest.fixture
def world(shared_database: Database) -> World:
    world = World(shared_database)
    world.tell(
        [deployed("d1", 1, **EUROPE, production=True), deployed("d2", 2, **EUROPE, production=True)]
        + [deployed("back", 4, **EUROPE, kind="service.rolledback", artifact="pkg:generic/shop@d1")]
    )
    return world


@pytest.mark.parametrize("asked", [{}, {"tier": "production"}, {"group_by": "tier"}])
def test_a_deployment_of_production_has_failed_whatever_its_rollback_is_said_to_be_of(
    world: World, asked: dict[str, str]
) -> None:
    rate = ask(world, "change_fail_rate", **asked)
    assert (rate["value"], rate["n"]) == (0.5, 2)
    recovery = ask(world, "failed_deployment_recovery_time", **asked)
    assert (recovery["value"], recovery["n"]) == (2 * 3600, 1)


@pytest.mark.parametrize("metric", ["change_fail_rate", "failed_deployment_recovery_time"])
def test_the_group_of_a_tier_is_what_the_filter_gives(world: World, metric: str) -> None:
    alone = ask(world, metric, tier="production")
    both = ask(world, metric, tier=["production", "other"], group_by="tier")
    (group,) = [group for group in both["groups"] if group["tier"] == "production"]
    assert (group["value"], group["n"]) == (alone["value"], alone["n"])


def test_the_rollback_is_rework_where_it_is(world: World) -> None:
    assert ask(world, "deployment_rework_rate")["rework"] == 0
    assert ask(world, "deployment_rework_rate", tier="other")["rework"] == 1


def test_a_tier_leaves_out_what_is_its_own(world: World) -> None:
    world.add([incident("detected", "i", 3, environment="qa"), deployed("t", 3, environment="qa")])
    world.link(None)
    found = ask(world, "change_fail_rate", group_by="tier")
    left_out = {group["tier"]: group["left_out"] for group in found["groups"]}
    assert left_out["production"] == ask(world, "change_fail_rate", tier="production")["left_out"]
    assert left_out["testing"] == {"not_production": 2}
