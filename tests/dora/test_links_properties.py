"""Links are a function of the set of events: however they come, and however they are made."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent
from streamgauge.postgres.database import Database
from streamgauge_dora.linking.making import TABLES
from streamgauge_dora.linking.parts import Part
from tests.dora.histories import histories, strangers
from tests.dora.questions import CALM
from tests.dora.world import SHOP, World, deployed, pushed, sha

PARTS = [Part("shop", SHOP, "a/", None), Part("pay", SHOP, None, "oci:x")]


def everything(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """All links."""
    return {name: world.rows(name) for name in TABLES}


def made_in_steps_as_in_one(
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


some_parts = st.sampled_from([[], PARTS])


@given(events=histories() | strangers(), parts=some_parts, data=st.data())
@settings(max_examples=100, suppress_health_check=CALM)
def test_made_in_steps_as_in_one(
    shared_database: Database, events: list[CDEvent], parts: list[Part], data: st.DataObject
) -> None:
    made_in_steps_as_in_one(shared_database, events, parts, data)


@pytest.mark.slow
@given(events=histories(30) | strangers(60), parts=some_parts, data=st.data())
@settings(max_examples=1500, suppress_health_check=CALM)
def test_longer_histories_too(
    shared_database: Database, events: list[CDEvent], parts: list[Part], data: st.DataObject
) -> None:
    made_in_steps_as_in_one(shared_database, events, parts, data)


def test_what_an_abbreviated_commit_was_taken_for_is_looked_for_again(
    shared_database: Database,
) -> None:
    """A commit that begins in the same way, and one of a repository that comes first."""
    short = deployed("d1", 2, "b\0\0\0b")
    short.document["customData"]["commit"] = sha("b")[:7]
    events = [
        pushed(0, "b\0\0\0b"),
        short,
        pushed(1, "a", repository="https://z.example/acme/shop"),
        deployed("d2", 3, "a", repository=None),
        pushed(4, "b"),
        pushed(5, "a", repository="https://b.example/acme/shop"),
    ]
    world = World(shared_database)
    world.tell(events)
    expected = everything(world)
    world = World(shared_database)
    for event in events:
        world.link(world.add([event]))
    assert everything(world) == expected
