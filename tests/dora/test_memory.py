"""What a process remembers changes no answer, however facts come in between the questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent, json_codec
from streamgauge.metrics import Metric
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge_dora.asking.memory import Memory
from streamgauge_dora.defining import Definitions
from streamgauge_dora.metrics import DoraMetric, all_metrics
from tests.dora.histories import histories
from tests.dora.questions import (
    CALM,
    NAMES,
    OWN,
    Question,
    batches,
    for_metric,
    parsed,
    questions,
)
from tests.dora.world import World

Asked = Sequence[tuple[Metric, Mapping[str, Any]]]
by_every_definition = pytest.mark.parametrize("definition", NAMES)


class Pair:
    """The metrics by one definition: those that remember, and those that do not."""

    def __init__(self, folder: Path, name: str, most: int | None = None) -> None:
        settings = {
            "STREAMGAUGE_DORA_DEFINITIONS": str(folder),
            "STREAMGAUGE_DORA_DEFINITION": name,
        }
        definitions = Definitions(Settings.load(settings))
        memory = Memory() if most is None else Memory(most)
        kinds = [type(metric) for metric in all_metrics(definitions)]
        self.remembering = [kind(definitions, memory) for kind in kinds]
        self.plain = [kind(definitions) for kind in kinds]
        self.document = {metric.name: metric.definition() for metric in self.plain}

    def answers(
        self, metrics: Sequence[DoraMetric], world: World, question: Question, as_of: int
    ) -> dict[str, bytes]:
        query = replace(parsed(question), as_of=as_of)
        found = {}
        with world.database.snapshot() as cursor:
            for metric in metrics:
                asked = for_metric(metric, query)
                said = metric.answer(cursor, world.tables, asked, self.document[metric.name])
                found[metric.name] = json_codec.encode(said.result)
        return found

    def check(self, world: World, question: Question) -> None:
        expected = self.answers(self.plain, world, question, world.position)
        assert self.answers(self.remembering, world, question, world.position) == expected


@st.composite
def looks(draw: st.DrawFn) -> list[Question]:
    """A question, the same of other ranges, and maybe another one."""
    question = draw(questions())
    ranges = draw(st.lists(questions(), min_size=1, max_size=2))
    same = [{**question, "from": other["from"], "to": other["to"]} for other in ranges]
    return [question, *same, *draw(st.lists(questions(), max_size=1))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("definitions")
    for name, text in OWN.items():
        folder.joinpath(f"{name}.toml").write_text(text, "utf-8")
    return folder


def asked_in_between(
    database: Database,
    pair: Pair,
    events: list[CDEvent],
    asked: list[Question],
    data: st.DataObject,
) -> None:
    world = World(database)
    world.link(None)
    for batch in batches(data.draw, events):
        changed = world.add(batch)
        if data.draw(st.booleans(), "asked while links are behind"):
            pair.answers(pair.remembering, world, asked[0], changed.since)
        if data.draw(st.integers(0, 5), "a fact comes late if 0") == 0:
            world.link(None)
        else:
            world.link(changed)
        for question in asked:
            pair.check(world, question)


@by_every_definition
@given(
    events=histories(),
    asked=looks(),
    data=st.data(),
)
@settings(max_examples=6, suppress_health_check=CALM)
def test_it_changes_no_answer(
    shared_database: Database,
    folder: Path,
    definition: str,
    events: list[CDEvent],
    asked: list[Question],
    data: st.DataObject,
) -> None:
    asked_in_between(shared_database, Pair(folder, definition), events, asked, data)


@pytest.mark.deep
@by_every_definition
@given(
    events=histories(30),
    asked=looks(),
    data=st.data(),
)
@settings(max_examples=150, suppress_health_check=CALM)
def test_nor_in_longer_histories(
    shared_database: Database,
    folder: Path,
    definition: str,
    events: list[CDEvent],
    asked: list[Question],
    data: st.DataObject,
) -> None:
    asked_in_between(shared_database, Pair(folder, definition), events, asked, data)


@given(
    events=histories(),
    asked=looks(),
    most=st.integers(0, 3000),
    data=st.data(),
)
@settings(max_examples=10, suppress_health_check=CALM)
def test_nor_does_that_little_of_it_is_kept(
    shared_database: Database,
    folder: Path,
    events: list[CDEvent],
    asked: list[Question],
    most: int,
    data: st.DataObject,
) -> None:
    asked_in_between(shared_database, Pair(folder, "dora2025", most), events, asked, data)
