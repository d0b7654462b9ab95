"""Every metric under every preset: how events have come changes nothing, and time moves buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent, json_codec
from streamgauge.postgres.database import Database
from tests.dora.histories import SERVICES, histories
from tests.dora.questions import (
    CALENDAR,
    CALM,
    NAMES,
    STEADY,
    WEEK,
    Asked,
    ByDefinition,
    Question,
    answers,
    batches,
    metrics_by_definition,
    moved,
    moved_back,
    moved_question,
    questions,
)
from tests.dora.stories import LIBRARY
from tests.dora.world import REPOSITORY, World

# Who asks for an environment that is not production gets what counts there; a group has none.
VALUES = {
    "service": SERVICES,
    "environment": ("production", "prod-eu"),
    "tier": ("production",),
    "repository": [each.removeprefix("https://") for each in (REPOSITORY, LIBRARY)],
}
WEEKLY = ("week", "day", "all")
# What goes by months, which are not of one length.
MONTHLY = ("band", "band_note", "monthly")
BY_MONTHS = "dora_quick_check"
# 2026's clocks go forward on 8 and on 29 March, and back on 5 April in the south.
weeks_to_a_change_of_clocks = st.sampled_from((0, 8, 11, 12))

by_every_definition = pytest.mark.parametrize("definition", NAMES)


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> ByDefinition:
    return metrics_by_definition(tmp_path_factory.mktemp("definitions"))


def no_matter_how_they_come(
    database: Database,
    asked: Asked,
    events: list[CDEvent],
    question: Question,
    data: st.DataObject,
) -> None:
    plain = World(database)
    plain.tell(events)
    expected = answers(plain, asked, question)
    world = World(database)
    for batch in batches(data.draw, events):
        world.link(world.add(batch))
    assert answers(world, asked, question) == expected
    world.link(None)
    assert answers(world, asked, question) == expected, "made again of all facts"


@by_every_definition
@given(events=histories(), question=questions(), weeks=weeks_to_a_change_of_clocks, data=st.data())
@settings(max_examples=5, suppress_health_check=CALM)
def test_order_repetitions_batches_and_replays_change_nothing(
    shared_database: Database,
    metrics: ByDefinition,
    definition: str,
    events: list[CDEvent],
    question: Question,
    weeks: int,
    data: st.DataObject,
) -> None:
    by = weeks * WEEK
    asked, question = metrics[definition], moved_question(question, by)
    no_matter_how_they_come(shared_database, asked, moved(events, by), question, data)


@pytest.mark.deep
@by_every_definition
@given(events=histories(30), question=questions(), data=st.data())
@settings(max_examples=100, suppress_health_check=CALM)
def test_nor_in_longer_histories(
    shared_database: Database,
    metrics: ByDefinition,
    definition: str,
    events: list[CDEvent],
    question: Question,
    data: st.DataObject,
) -> None:
    no_matter_how_they_come(shared_database, metrics[definition], events, question, data)


@by_every_definition
@given(
    events=histories(),
    question=questions(STEADY, WEEKLY),
    weeks=st.sampled_from((1, -1, 9, 53, 521)),
)
@settings(max_examples=3, suppress_health_check=CALM)
def test_weeks_later_the_same_is_in_buckets_that_are_weeks_later(
    shared_database: Database,
    metrics: ByDefinition,
    definition: str,
    events: list[CDEvent],
    question: Question,
    weeks: int,
) -> None:
    by, asked = weeks * WEEK, metrics[definition]
    world = World(shared_database)
    world.tell(events)
    before = answers(world, asked, question)
    world = World(shared_database)
    world.tell(moved(events, by))
    after = answers(world, asked, moved_question(question, by))
    for metric in before.keys() - {BY_MONTHS}:
        expected = moved_back(before[metric], 0 * by, without=MONTHLY)
        assert moved_back(after[metric], by, without=MONTHLY) == expected


@by_every_definition
@given(events=histories(), question=questions(), back=st.booleans())
@settings(max_examples=3, suppress_health_check=CALM)
def test_in_another_year_of_the_same_calendar_all_is_the_same(
    shared_database: Database,
    metrics: ByDefinition,
    definition: str,
    events: list[CDEvent],
    question: Question,
    back: bool,
) -> None:
    """Months, quarters and bands too; towards the past in a zone that has always been the same."""
    by = -CALENDAR if back else CALENDAR
    asked = metrics[definition]
    if back:
        question["tz"] = "UTC"
    world = World(shared_database)
    world.tell(events)
    before = answers(world, asked, question)
    world = World(shared_database)
    world.tell(moved(events, by))
    after = answers(world, asked, moved_question(question, by))
    for metric in before:
        assert moved_back(after[metric], by) == json_codec.decode(before[metric])


@by_every_definition
@given(mine=histories(), others=histories(), question=questions(), data=st.data())
@settings(max_examples=5, suppress_health_check=CALM)
def test_what_happens_to_another_tenant_changes_nothing(
    shared_database: Database,
    metrics: ByDefinition,
    definition: str,
    mine: list[CDEvent],
    others: list[CDEvent],
    question: Question,
    data: st.DataObject,
) -> None:
    """The ids of the two are the same ones, wherever they can be."""
    asked = metrics[definition]
    alone = {}
    for tenant, events in (("default", mine), ("other", others)):
        world = World(shared_database)
        world.tell(events)
        alone[tenant] = answers(world, asked, question)
    world = World(shared_database)
    parts = [("default", batch) for batch in batches(data.draw, mine)]
    parts += [("other", batch) for batch in batches(data.draw, others)]
    for tenant, batch in data.draw(st.permutations(parts)):
        world.link(world.add(batch, tenant=tenant))
    for tenant, expected in alone.items():
        assert answers(world, asked, question, tenant=tenant) == expected
    world.link(None)
    for tenant, expected in alone.items():
        assert answers(world, asked, question, tenant=tenant) == expected


@by_every_definition
@given(
    events=histories(),
    question=questions(intervals=("week", "all")),
    dimension=st.sampled_from(sorted(VALUES)),
)
@settings(max_examples=15, suppress_health_check=CALM)
def test_a_group_is_what_a_filter_gives(
    shared_database: Database,
    metrics: ByDefinition,
    definition: str,
    events: list[CDEvent],
    question: Question,
    dimension: str,
) -> None:
    """What counts in one service's group is not what counts among all: there each change counts at
    the first service that has it."""
    world = World(shared_database)
    world.tell(events)
    asked = metrics[definition]
    if dimension == "tier":  # an environment that is asked for counts, whatever its tier
        question.pop("environment", None)
    grouped = answers(world, asked, {**question, "group_by": dimension})
    values = question.get(dimension, VALUES[dimension])
    for value in [values] if isinstance(values, str) else values:
        alone = answers(world, asked, {**question, "group_by": "tenant", dimension: value})
        for metric in grouped:
            groups = json_codec.decode(grouped[metric])["groups"]
            own = [_without_keys(group) for group in groups if group[dimension] == value]
            only = json_codec.decode(alone[metric])["groups"]
            assert own == [_without_keys(group) for group in only], metric


def _without_keys(group: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name not in (*VALUES, "tenant")}
