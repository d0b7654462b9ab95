"""Two tenants may have events of the same ids, services and commits; neither sees the other's."""

from __future__ import annotations

import pytest

from streamgauge.postgres.database import Database
from tests.dora.asking import ask
from tests.dora.world import World, change, deployed, incident, pushed


@pytest.fixture
def world(shared_database: Database) -> World:
    return World(shared_database)


def test_a_late_deployment_of_one_leaves_the_steps_of_the_other(world: World) -> None:
    """Both have a service of one name in an environment of one name."""
    early = deployed("d1", 1, "a")
    mine = [pushed(0, "a"), deployed("d2", 5, "a"), pushed(6, "b"), deployed("d3", 7, "b")]
    world.link(world.add(mine))
    world.link(world.add(mine, tenant="other"))
    world.link(world.add([early]))
    made = world.rows("steps")
    world.link(None)
    assert made == world.rows("steps")
    assert len(made) == 5


HOTFIXED = [
    pushed(0, "a"),
    deployed("d1", 1, "a"),
    pushed(2, "b"),
    deployed("d2", 3, "b"),
    incident("detected", "i", 3.5),
    pushed(4, "c"),
    change("merged", 1, 4, "c", labels=["hotfix"]),
    deployed("d3", 4, "c"),
    incident("resolved", "i", 6),
]
# What else the other one deploys, before and after the hotfix.
MORE = [deployed("between", 3.2, "b"), deployed("last", 5, "c")]


@pytest.mark.parametrize("metric", ["change_fail_rate", "deployment_rework_rate"])
def test_what_mends_a_deployment_is_looked_for_at_its_own_tenant(world: World, metric: str) -> None:
    world.tell(HOTFIXED)
    alone = ask(world, metric)
    world.link(world.add([*HOTFIXED, *MORE], tenant="other"))
    assert ask(world, metric) == alone
