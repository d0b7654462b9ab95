"""The benchmark measures beside its bounds and leaves nothing behind. No test asserts a speed."""

from __future__ import annotations

import json
from itertools import islice

import pytest

from streamgauge import json_codec
from streamgauge.cdevents import validate
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge_bench import templates
from streamgauge_bench.events import mixed
from streamgauge_bench.filling import CDEVENTS, fill_cdevents, fill_cloudevents
from streamgauge_bench.measured import Measured, Note, percentile
from streamgauge_bench.scale import QUICK
from streamgauge_bench.scratch import scratch_on
from streamgauge_bench.targets import TARGETS, missed
from streamgauge_bench.transforming import CASES, plugins_without_secrets, sources_in
from tests.cli.test_cli import run
from tests.helpers import rows

NAMES = [
    "append_batch", "http_single", "http_batch", "route", "transform", "replay", "metric_rebuild_s",
    "visible_p99_ms", "query_p99_ms", "organisation_p99_ms", "not_modified_p99_ms", "growth_ratio",
    "worker_rss_mb",
]  # fmt: skip


@pytest.mark.slow
def test_every_measure_is_taken_beside_its_bound(database: Database) -> None:
    # It waits for quiet again and again, of which other tests leave little.
    done = run("bench", "--quick", "--divide", "100", "--json", url=database.url, patience=1200.0)
    assert done.code == 0, done.err
    found = json.loads(done.out.splitlines()[-1])
    assert list(found) == NAMES
    for name, measure in found.items():
        assert list(measure) == ["value", "unit", "bound", "ratio"]
        assert measure["value"] > 0, name
        assert measure["bound"] > 0, name
        assert measure["ratio"] == measure["value"] / measure["bound"]
    assert _left(database) == []


def test_full_and_quick_exclude_each_other() -> None:
    assert run("bench", "--full", "--quick").code == 2


def test_a_database_is_dropped_also_after_an_error(database: Database) -> None:
    with pytest.raises(KeyboardInterrupt), scratch_on(database.url) as scratch:
        assert len(_left(database)) == 1
        assert rows(scratch, "select count(*) from builds") == [(1,)]
        raise KeyboardInterrupt
    assert _left(database) == []


def test_the_measures_are_those_that_were_asked_for() -> None:
    assert list(TARGETS) == NAMES


@pytest.mark.parametrize(
    ("name", "value", "bound", "is_missed"),
    [
        ("append_batch", 60_000, 150_000, False),
        ("append_batch", 60_000, 150_001, True),
        ("append_batch", 59_999, 60_000, True),
        ("metric_rebuild_s", 1.99, 1, False),
        ("metric_rebuild_s", 2, 1, True),
        ("growth_ratio", 1.3, 1, False),
        ("growth_ratio", 1.31, 1, True),
    ],
)
def test_what_misses_its_target_is_known(
    name: str, value: float, bound: float, is_missed: bool
) -> None:
    assert missed(Measured(name, value, "", bound, "")) is is_missed


def test_a_note_can_miss_a_target_of_its_own() -> None:
    measured = Measured("worker_rss_mb", 100, "MB", 50, "", [Note("not flat", missed=True)])
    assert missed(measured)


def test_every_source_with_cases_is_measured() -> None:
    plugins = plugins_without_secrets()
    found = {source.name: len(source.rows) for source in sources_in(CASES, plugins)}
    # These have samples in Python instead; CDEvents pass as they are; a correction is no tool's.
    assert set(found) >= set(plugins.receivers) - {"devlake", "github", "kubernetes", "links"}
    assert min(found.values()) > 0


def test_percentiles() -> None:
    assert percentile(range(1, 101), 0.5) == 51
    assert percentile(range(1, 101), 0.99) == 100
    assert percentile([7.0], 0.99) == 7


def test_the_runs_can_be_made_smaller_but_not_fewer() -> None:
    small = QUICK.divided(10)
    assert (small.runs, small.stored) == (QUICK.runs, QUICK.stored // 10)


def test_filled_logs_are_as_if_they_had_grown(database: Database, plugins: Plugins) -> None:
    before = rows(database, "select indexdef from pg_indexes order by 1")
    made = templates.a_tenth_deploys(templates.routed(plugins))
    fill_cdevents(database, templates.cdevent_rows(made, 2000, services=7))
    fill_cloudevents(database, 500)
    assert rows(database, "select indexdef from pg_indexes order by 1") == before
    for table, count in ((CDEVENTS, 2000), ("cloudevents_events", 500)):
        assert rows(
            database,
            f"select count(*), count(distinct originator_id), count(distinct state),"
            f" min(notification_id), max(notification_id) from {table}",
        ) == [(count, count, count, 1, count)]
    found = [
        json_codec.decode(state) for (state,) in rows(database, f"select state from {CDEVENTS}")
    ]
    for document in found:
        validate(document)
    deployed = [d for d in found if d["context"]["type"].startswith("dev.cdevents.service.")]
    assert len(deployed) == 200
    assert len({document["subject"]["id"] for document in deployed}) == 7


def test_the_events_are_always_the_same_ones() -> None:
    assert list(mixed(50)) == list(mixed(50))
    assert len({event.id for event in mixed(1000)}) == 1000
    events = list(islice(templates.cloudevents(5), 3))
    assert [event.id[-1] for event in events] == ["5", "6", "7"]
    assert all(json_codec.decode(event.state)["id"] == event.id for event in events)
    assert len(json_codec.decode(events[0].state)["id"]) == 36
    assert len(json_codec.split_object(events[0].state)["data"]) == 1000


def _left(database: Database) -> list[tuple[str]]:
    return rows(database, "select datname from pg_database where datname ~ '^streamgauge_bench'")
