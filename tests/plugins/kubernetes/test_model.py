"""Whatever a Deployment goes through, what is told is what happened."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streamgauge import CDEvent
from tests.plugins.kubernetes.builders import fold, predicate, watched
from tests.plugins.kubernetes.junk import JUNK, mutate
from tests.plugins.kubernetes.simulation import Fact, Life, Sighting

NUMBERS = st.integers(0, 2)
OUTCOMES = st.sampled_from(["succeeds"] * 4 + ["fails", "fails", "comes up late"])
STEPS: st.SearchStrategy[Callable[[Life], None]] = st.one_of(
    st.builds(
        lambda number, outcome: lambda life: life.change("web", number, outcome), NUMBERS, OUTCOMES
    ),
    st.builds(
        lambda number, outcome: lambda life: life.change("proxy", number, outcome),
        NUMBERS,
        OUTCOMES,
    ),
    st.builds(lambda replicas: lambda life: life.scale(replicas), st.integers(0, 3)),
    st.sampled_from(
        [Life.restart, Life.flap, Life.annotate, Life.recover, Life.drop_proxy, Life.delete]
    ),
)
RANDOM = st.randoms(use_true_random=False)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    life = Life(replicas=draw(st.integers(0, 3)))
    for step in draw(st.lists(STEPS, min_size=1, max_size=15)):
        if not life.alive:
            life.create()
        step(life)
    return life


def tell(log: Sequence[Sighting]) -> list[CDEvent]:
    return fold([watched(sighting.operation, sighting.object) for sighting in log])


def facts(cdevents: Sequence[CDEvent]) -> list[Fact]:
    """What the CDEvents say, in the simulation's words."""
    return [
        Fact(
            predicate(cdevent),
            cdevent.subject_id,
            cdevent.custom_data["revision"],
            cdevent.custom_data.get("image"),
        )
        for cdevent in cdevents
    ]


@given(lives())
def test_what_is_told_is_what_happened(life: Life) -> None:
    cdevents = tell(life.log)
    assert facts(cdevents) == life.truth
    assert len({event.id for event in cdevents}) == len(cdevents)


@given(lives(), RANDOM)
def test_events_sent_again_tell_nothing_more(life: Life, chance: random.Random) -> None:
    again = list(life.log)
    for sighting in chance.choices(life.log, k=len(life.log)):
        earliest = next(i for i, each in enumerate(again) if each is sighting)
        again.insert(chance.randint(earliest + 1, len(again)), sighting)
    assert tell(again) == tell(life.log)


@given(lives(), RANDOM)
def test_states_in_between_may_be_lost(life: Life, chance: random.Random) -> None:
    fewer = [each for each in life.log if each.decisive or chance.random() < 0.5]
    assert facts(tell(fewer)) == life.truth


@given(lives(), RANDOM)
def test_neighbours_that_change_places_make_up_nothing(life: Life, chance: random.Random) -> None:
    swapped = list(life.log)
    place = 0
    while place < len(swapped) - 1:
        if chance.random() < 0.5:
            swapped[place : place + 2] = reversed(swapped[place : place + 2])
            place += 1
        place += 1
    assert set(facts(tell(swapped))) <= set(life.truth)


@given(lives(), RANDOM)
def test_no_order_and_no_loss_makes_up_a_rollback(life: Life, chance: random.Random) -> None:
    some = [each for each in life.log if chance.random() < 0.8]
    chance.shuffle(some)
    ran = Counter(
        (fact.subject, fact.image)
        for fact in life.truth
        if fact.what in ("deployed", "upgraded", "rolledback")
    )
    # A rollback may be seen late only, under the revision of a restart after it.
    for fact in facts(tell(some)):
        assert fact.what != "rolledback" or ran[fact.subject, fact.image] > 1


@given(lives())
def test_the_same_log_gives_the_same_events(life: Life) -> None:
    log = copy.deepcopy(life.log)
    assert [event.document for event in tell(log)] == [event.document for event in tell(life.log)]


@given(lives(), st.lists(JUNK, min_size=1, max_size=5), RANDOM)
def test_a_payload_may_hold_anything(life: Life, junk: list[Any], chance: random.Random) -> None:
    log = [
        each._replace(object=mutate(copy.deepcopy(each.object), chance.choice(junk), chance))
        if chance.random() < 0.5
        else each
        for each in life.log
    ]
    tell(log)  # and every CDEvent passes the gate
