"""The benchmark runs, measures every stage, and leaves nothing behind. It asserts no speed."""

from __future__ import annotations

from streamgauge.postgres.database import Database
from streamgauge_bench.events import mixed
from tests.cli.test_cli import run
from tests.helpers import rows


def test_every_stage_is_measured_beside_its_bound(database: Database) -> None:
    done = run("bench", "--events", "1000", "--json", url=database.url)
    assert done.code == 0, done.err
    stages = ["raw COPY", "ingest", "route", "project", "replay"]
    assert list(done.json)[:5] == stages
    assert list(done.json)[5] == "orjson.loads alone"
    assert len(done.json) == 11
    for name, measure in done.json.items():
        assert measure["unit"] == ("events/s" if name in stages else "µs/event")
        assert measure["value"] > 0
        assert measure["ratio"] == measure["value"] / measure["bound"]
    left = rows(
        database, "select datname from pg_database where datname like 'streamgauge_bench%%'"
    )
    assert left == []


def test_the_events_are_always_the_same_ones() -> None:
    assert list(mixed(50)) == list(mixed(50))
    assert len({event.id for event in mixed(1000)}) == 1000
