"""Both metrics are functions of the set of events, whatever their order, batches, repetitions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent, json_codec
from streamgauge.metrics import Metric, MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge_batch_size.batch_size import BatchSize
from streamgauge_batch_size.pipeline_duration import PipelineDuration
from streamgauge_batch_size.pipeline_runs import PipelineRuns
from streamgauge_dora.facts import Delivery
from streamgauge_dora.linking import Links
from tests.dora.histories import histories
from tests.dora.world import at
from tests.examples.stories import run
from tests.helpers import append_cdevents, drain, plugins_with, processors, replay, start_over

_runs = st.lists(
    st.builds(
        run,
        st.sampled_from(["started", "finished"]),
        st.integers(1, 5),
        st.integers(0, 24 * 20).map(lambda n: n / 2),
        st.sampled_from(["success", "success", "failure", None]),
        repository=st.sampled_from([None, "https://git.example/acme/pay", "a\0b", 7]),
    ),
    max_size=25,
    unique_by=lambda event: event.id,
)


def answered(
    database: Database,
    plugins: Plugins,
    metric: str,
    batches: Sequence[Sequence[CDEvent]],
    *,
    again: bool = False,
    **asked: str,
) -> bytes:
    """The answer after these batches, each folded before the next one comes."""
    start_over(database)
    for batch in batches:
        append_cdevents(database, batch)
        drain(*processors(database, plugins))
    if again:
        for name in plugins.projections:
            replay(database, plugins, name)
    given = {"from": "2026-01-05", "to": "2026-01-26", **asked}
    query = MetricQuery.parse({key: [value] for key, value in given.items()}, now=at(10_000))
    return json_codec.encode(answer(database, plugins, metric, query))


def cut(data: st.DataObject, events: Sequence[CDEvent]) -> list[list[CDEvent]]:
    """In any order and any batches, some of them twice."""
    shuffled = data.draw(st.permutations(events))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=3)))
    batches = [list(shuffled[a:b]) for a, b in pairwise([0, *cuts, len(events)])]
    twice = data.draw(st.lists(st.sampled_from(events), max_size=3)) if events else []
    return [*batches, twice]


def check(
    database: Database,
    plugins: Plugins,
    metric: Metric,
    events: Sequence[CDEvent],
    data: st.DataObject,
    **asked: str,
) -> None:
    once = answered(database, plugins, metric.name, [events], **asked)
    batches, again = cut(data, events), data.draw(st.booleans())
    assert answered(database, plugins, metric.name, batches, again=again, **asked) == once


@pytest.mark.slow
@given(events=histories(), definition=st.sampled_from(["changes", "commits"]), data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_batch_size(
    database: Database, events: list[CDEvent], definition: str, data: st.DataObject
) -> None:
    metric = BatchSize({})
    plugins = plugins_with(projections=[Delivery(), Links(())], metrics=[metric])
    asked = {"definition": definition, "group_by": "service,environment"}
    check(database, plugins, metric, events, data, **asked)


@pytest.mark.slow
@given(events=_runs, data=st.data())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pipeline_duration(database: Database, events: list[CDEvent], data: st.DataObject) -> None:
    metric = PipelineDuration()
    plugins = plugins_with(projections=[PipelineRuns()], metrics=[metric])
    check(database, plugins, metric, events, data, group_by="repository")
