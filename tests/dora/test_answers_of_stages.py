"""Every metric under every preset, through the real stages: CloudEvents in, answers out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent, Event, json_codec
from streamgauge.cdevents import in_cloudevent
from streamgauge.cdevents.binding import attributes_of
from streamgauge.cloudevents.event import compose
from streamgauge.metrics.answer import answer
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge.stages.pace import Pace
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge_dora.defining import Definitions
from tests.dora.histories import histories
from tests.dora.questions import CALM, Question, batches, for_metric, parsed, questions
from tests.helpers import drain, processors, replay, start_over

PRESETS = sorted(Definitions(Settings.load({})).names())
METRICS = (
    "deployment_frequency",
    "change_lead_time",
    "change_fail_rate",
    "failed_deployment_recovery_time",
    "deployment_rework_rate",
)
CHAINS = ("delivery", "links", "change_lead_time")


def feed(
    database: Database,
    plugins: Plugins,
    told: Sequence[Sequence[Event]],
    pages: tuple[int, int] = (1000, 5000),
) -> None:
    """Send the batches through the whole flow; `pages` are how many events the router and the
    projections take at a time."""
    start_over(database)
    router, *others = processors(database, plugins)
    router.page_size = pages[0]
    for stage in others:
        if hasattr(stage, "pace"):
            stage.pace = Pace.fixed(pages[1])
    for batch in told:
        CloudEventsLog(database).append(list(batch))
        drain(router, *others)


def everything(
    database: Database, plugins: Plugins, question: Question, presets: Sequence[str]
) -> dict[str, bytes]:
    """The whole answer of every metric by these presets."""
    found = {}
    for preset in presets:
        query = parsed({**question, "definition": preset})
        for metric in METRICS:
            found[f"{metric} {preset}"] = json_codec.encode(
                answer(database, plugins, metric, for_metric(plugins.metrics[metric], query))
            )
    return found


def twice(draw: st.DrawFn, batch: Sequence[CDEvent]) -> list[Event]:
    """The events in CloudEvents, some of them in a second one too."""
    found = []
    for event in batch:
        found.append(in_cloudevent(event))
        if draw(st.integers(0, 4)) == 0:
            attributes = {**attributes_of(event.document), "id": f"again {event.id}"}
            found.append(compose(attributes, json_codec.encode(event.document)).event)
    return found


def through_the_stages(
    database: Database,
    plugins: Plugins,
    events: list[CDEvent],
    question: Question,
    presets: Sequence[str],
    data: st.DataObject,
) -> None:
    feed(database, plugins, [[in_cloudevent(event) for event in events]])
    expected = everything(database, plugins, question, presets)
    told = [twice(data.draw, batch) for batch in batches(data.draw, events)]
    pages = data.draw(st.tuples(st.integers(1, 8), st.integers(1, 8)))
    feed(database, plugins, told, pages)
    assert everything(database, plugins, question, presets) == expected
    chain = data.draw(st.sampled_from(CHAINS))
    replay(database, plugins, chain)
    assert everything(database, plugins, question, presets) == expected, (
        f"after a replay of {chain}"
    )
    replay(database, plugins, chain, "rollback")
    assert everything(database, plugins, question, presets) == expected, (
        f"after going back in {chain}"
    )


@given(
    events=histories(8),
    question=questions(),
    presets=st.lists(st.sampled_from(PRESETS), min_size=2, max_size=2, unique=True),
    data=st.data(),
)
@settings(max_examples=4, suppress_health_check=CALM)
def test_order_repetitions_batches_and_replays_change_nothing(
    shared_database: Database,
    plugins: Plugins,
    events: list[CDEvent],
    question: Question,
    presets: list[str],
    data: st.DataObject,
) -> None:
    through_the_stages(shared_database, plugins, events, question, presets, data)


@pytest.mark.deep
@given(events=histories(), question=questions(), data=st.data())
@settings(max_examples=40, suppress_health_check=CALM)
def test_nor_in_more_histories(
    shared_database: Database,
    plugins: Plugins,
    events: list[CDEvent],
    question: Question,
    data: st.DataObject,
) -> None:
    through_the_stages(shared_database, plugins, events, question, PRESETS, data)
