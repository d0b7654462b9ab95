"""A tag holds for as long as the answer is the same, and no longer than it may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent, json_codec
from streamgauge.cdevents import in_cloudevent
from streamgauge.errors import InvalidQuery
from streamgauge.lists import ListQuery
from streamgauge.lists.read import read_page_unless
from streamgauge.metrics import MetricQuery, Teams
from streamgauge.metrics.answer import answer_unless, explain_unless
from streamgauge.metrics.overview import overview_unless
from streamgauge.metrics.places import Place
from streamgauge.metrics.teams import Entry
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.dora.histories import histories
from tests.dora.questions import CALM, Question, batches, for_metric, parsed, questions
from tests.helpers import (
    START,
    a_deployment,
    append_cdevents,
    drain,
    processors,
    replay,
    start_over,
)

METRIC = "deployment_frequency"
FIVE = (
    METRIC,
    "change_lead_time",
    "change_fail_rate",
    "failed_deployment_recovery_time",
    "deployment_rework_rate",
)
QUERY = MetricQuery.parse({"from": ["2026-01-01"], "to": ["2027-01-01"]}, now=START)


@pytest.fixture
def told(database: Database, plugins: Plugins) -> Database:
    append_cdevents(database, [a_deployment(n) for n in range(5)])
    drain(*processors(database, plugins))
    return database


def tag(database: Database, plugins: Plugins, query: MetricQuery = QUERY) -> str:
    return answer_unless(database, plugins, METRIC, query).tag


def test_who_has_the_answer_is_told_only_that(told: Database, plugins: Plugins) -> None:
    first = answer_unless(told, plugins, METRIC, QUERY)
    assert first.document is not None
    again = answer_unless(told, plugins, METRIC, QUERY, first.tag.__eq__)
    assert (again.tag, again.document) == (first.tag, None)
    page = explain_unless(told, plugins, METRIC, QUERY, after=Place(0), limit=3)
    assert page.document is not None
    known = page.tag.__eq__
    same = explain_unless(told, plugins, METRIC, QUERY, known, after=Place(0), limit=3)
    other = explain_unless(told, plugins, METRIC, QUERY, known, after=Place(3), limit=3)
    assert same.document is None
    assert other.document is not None
    shown = read_page_unless(told, plugins, "deployments", ListQuery({}))
    again = read_page_unless(told, plugins, "deployments", ListQuery({}), shown.tag.__eq__)
    assert again.document is None
    assert len({first.tag, page.tag, shown.tag}) == 3


def test_a_new_event_ends_it_and_nothing_else_does(told: Database, plugins: Plugins) -> None:
    before = tag(told, plugins)
    drain(*processors(told, plugins))
    assert tag(told, plugins) == before
    assert tag(told, Plugins(Settings.load({}))) == before, "in another process"
    append_cdevents(told, [a_deployment(5)])
    assert tag(told, plugins) == before, "before it is folded"
    drain(*processors(told, plugins))
    assert tag(told, plugins) != before


def test_another_build_ends_it(told: Database, plugins: Plugins) -> None:
    found = [tag(told, plugins)]
    for chain in (METRIC, "delivery"):
        replay(told, plugins, chain)
        found.append(tag(told, plugins))
    assert len(set(found)) == 3


def test_another_question_has_another(told: Database, plugins: Plugins) -> None:
    asked = [
        {},
        {"interval": "month"},
        {"service": "shop"},
        {"environment": "shop"},
        {"tz": "Europe/Berlin"},
        {"group_by": "service"},
        {"to": "2026-12-31"},
        {"tenant": "other"},
        {"definition": "fourkeys"},
        {"week_start": "sunday"},
    ]
    given = [{"from": "2026-01-01", "to": "2027-01-01", **more} for more in asked]
    queries = [MetricQuery.parse({k: [v] for k, v in each.items()}, now=START) for each in given]
    assert len({tag(told, plugins, query) for query in queries}) == len(queries)


def test_other_teams_end_it(told: Database, plugins: Plugins) -> None:
    def by(*names: str) -> str:
        teams = Teams([Entry(name, ["shop"], []) for name in names])
        return tag(told, plugins, MetricQuery.parse({}, now=START, teams=teams))

    assert by("red") == by("red")
    assert len({by(), by("red"), by("blue"), by("red", "blue"), by("blue", "red")}) == 5


def test_another_text_of_the_asked_definition_ends_it(told: Database, tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    plugins = Plugins(Settings.load({"STREAMGAUGE_DORA_DEFINITIONS": str(tmp_path)}))
    query = MetricQuery.parse({"definition": ["ours"]}, now=START)
    found = []
    for tiers in ('["production"]', '["staging"]', '["production"]'):
        file.write_text(f'name = "ours"\ntitle = "Ours"\n[deployments]\ntiers = {tiers}\n', "utf-8")
        found.append(tag(told, plugins, query))
    assert found[0] == found[2] != found[1]


def test_another_version_of_a_plugin_ends_it(told: Database, plugins: Plugins) -> None:
    newer = Plugins(Settings.load({}))
    newer.plugins[-1].version += ".1"
    assert tag(told, newer) != tag(told, plugins)


def test_the_overview_has_one_for_all_that_it_shows(told: Database, plugins: Plugins) -> None:
    first = overview_unless(told, plugins, QUERY)
    assert first.document is not None
    assert first.tag
    assert overview_unless(told, plugins, QUERY, first.tag.__eq__).document is None
    other = MetricQuery.parse({"service": ["shop"]}, now=START)
    assert overview_unless(told, plugins, other, first.tag.__eq__).document is not None
    append_cdevents(told, [a_deployment(5)])
    drain(*processors(told, plugins))
    assert overview_unless(told, plugins, QUERY, first.tag.__eq__).document is not None


def test_what_no_metric_can_answer_has_no_overview(told: Database, plugins: Plugins) -> None:
    query = MetricQuery.parse({"definition": ["nobodys"]}, now=START)
    with pytest.raises(InvalidQuery):
        overview_unless(told, plugins, query)


@given(events=histories(8), question=questions(), data=st.data())
@settings(max_examples=5, suppress_health_check=CALM)
def test_as_long_as_the_tag_is_the_same_the_answer_is_the_same_to_the_byte(
    shared_database: Database,
    plugins: Plugins,
    events: list[CDEvent],
    question: Question,
    data: st.DataObject,
) -> None:
    database = shared_database
    start_over(database)
    flow = processors(database, plugins)
    drain(*flow)
    found: dict[str, bytes] = {}
    for batch in batches(data.draw, events):
        CloudEventsLog(database).append([in_cloudevent(event) for event in batch])
        # As they are seen while the stages come one after the other.
        for stage in flow[:3]:
            stage.step()
            for name in FIVE:
                query = for_metric(plugins.metrics[name], parsed(question))
                told = answer_unless(database, plugins, name, query)
                body = json_codec.encode(told.document)
                assert found.setdefault(told.tag, body) == body
