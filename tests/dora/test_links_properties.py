"""Links are a function of the set of events: however they come, and however they are made."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent
from streamgauge.postgres.database import Database
from streamgauge_dora.linking.making import TABLES
from streamgauge_dora.linking.parts import Part
from tests.dora.histories import histories
from tests.dora.world import SHOP, World

PARTS = [Part("shop", SHOP, "a/", None), Part("pay", SHOP, None, "oci:x")]


def everything(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """All links."""
    return {name: world.rows(name) for name in TABLES}


@given(events=histories(), parts=st.sampled_from([[], PARTS]), data=st.data())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_made_in_steps_as_in_one(
    database: Database, events: list[CDEvent], parts: list[Part], data: st.DataObject
) -> None:
    once = World(database, parts)
    once.tell(events)
    expected = everything(once)
    shuffled = data.draw(st.permutations(events))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=6)))
    world = World(database, parts)
    for first, last in pairwise([0, *cuts, len(events)]):
        world.link(world.add(shuffled[first:last]))
    assert everything(world) == expected
