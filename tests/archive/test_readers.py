"""Whoever reads the log is told that a payload is archived, or reads it there; nobody goes on
without it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from streamgauge.archive import files
from streamgauge.cdevents import in_cloudevent
from streamgauge.errors import ArchiveError
from streamgauge.lineage import lineage
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.postgres.migrate import migrate
from streamgauge.processors import dead_letters
from streamgauge.processors.sources import Sources
from streamgauge.replay.status import status
from streamgauge.streams.browse import browse, event_at, stubs_at
from streamgauge.streams.cloudevents_log import TABLE, CloudEventsLog, identity
from tests.archive.world import archive, archived, restore, routed
from tests.cli.test_cli import run
from tests.helpers import a_deployment, an_event, drain, processors, replay, rows, stages
from tests.postgres.test_migrations import without_tables
from tests.replay.test_from_cloudevents import FACTS, LOG, filled, one

__all__ = ["filled", "one"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_EVENTS", 7)


def reading(plugins: Plugins, folder: Path) -> Plugins:
    """The same plugins, where the archive is known."""
    plugins.settings = replace(plugins.settings, archive_dir=folder)
    return plugins


def test_a_replay_from_the_archive_gives_the_same_bytes(
    filled: Database, one: Plugins, small: None, tmp_path: Path
) -> None:
    """Its position 5 has an open dead letter, so it stays."""
    before = rows(filled, LOG), rows(filled, FACTS)
    archive(filled, tmp_path)
    assert len(archived(filled)) == 47
    assert (rows(filled, LOG), rows(filled, FACTS)) == before
    replay(filled, one, "delivery")  # the facts are made of the log of CDEvents
    with pytest.raises(
        ArchiveError,
        match=r"at the positions 1 to 48 of the log are archived: .*--archive DIR.*--restore DIR",
    ):
        replay(filled, one, "cdevents")
    assert (rows(filled, LOG), rows(filled, FACTS)) == before
    done = replay(filled, reading(one, tmp_path), "cdevents")
    assert not done.broken
    assert (rows(filled, LOG), rows(filled, FACTS)) == before


def test_a_replay_that_was_begun_goes_on_when_the_archive_is_named(
    filled: Database, one: Plugins, tmp_path: Path
) -> None:
    before = rows(filled, LOG)
    router = stages(filled, one).router
    router.page_size = 10
    with filled.transaction() as cursor:
        build = router.begin(cursor, "building")
    assert router.advance(build) == 10
    archive(filled, tmp_path)
    with pytest.raises(ArchiveError, match="at position 11 is archived"):
        router.advance(build)
    replay(filled, reading(one, tmp_path), "cdevents")
    assert rows(filled, LOG) == before


def test_pages_of_archived_events_are_as_large_as_they_were(
    database: Database, tmp_path: Path
) -> None:
    log = CloudEventsLog(database, archive=tmp_path)
    log.append([an_event(n) for n in range(1, 21)])

    def pages() -> list[list[tuple[int, bytes]]]:
        found: list[list[tuple[int, bytes]]] = []
        while True:
            after = found[-1][-1][0] if found else 0
            with database.transaction() as cursor:
                page = log.page(cursor, after=after, limit=8, max_bytes=500)
            if not page:
                return found
            found.append([(row.position, bytes(row.state)) for row in page])

    before = pages()
    routed(database)
    archive(database, tmp_path)
    assert pages() == before
    assert max(len(page) for page in before) < 8


def test_a_payload_that_is_not_what_was_taken_away_is_not_read(
    filled: Database, one: Plugins, tmp_path: Path
) -> None:
    archive(filled, tmp_path)
    with filled.transaction() as cursor:
        cursor.execute(
            "update cloudevents_events set archived = replace(archived::text, 'sha256\":\"',"
            " 'sha256\":\"0')::json where notification_id = 9"
        )
    with pytest.raises(ArchiveError, match="has not got the payload that was at position 9"):
        replay(filled, reading(one, tmp_path), "cdevents")


def test_a_retry_of_what_is_archived_says_so_and_holds_up_nothing(
    filled: Database, one: Plugins, tmp_path: Path
) -> None:
    """It was skipped, and so archived; then somebody wants it after all."""
    with filled.transaction() as cursor:
        dead_letters.skip(cursor, dead_letters.listed(cursor))
    archive(filled, tmp_path)
    with filled.transaction() as cursor:
        (letter,) = dead_letters.listed(cursor, states=("skipped",))
        dead_letters.request_retry(cursor, [letter])
    CloudEventsLog(filled).append([an_event(1002)])
    drain(*processors(filled, one))
    with filled.transaction() as cursor:
        (letter,) = dead_letters.listed(cursor)
        router = status(cursor, stages(filled, one))[0]
    assert letter.state == "parked"
    assert "the event at position 5 is archived, in 0" in letter.reason
    assert (router.lag, router.parked) == (0, 1)
    with filled.transaction() as cursor:
        dead_letters.request_retry(cursor, [letter])
    drain(*processors(filled, reading(one, tmp_path)))
    with filled.transaction() as cursor:
        assert [each.reason for each in dead_letters.listed(cursor)] == ["ValueError: five"]


def test_the_lists_the_view_and_lineage_say_where_it_is(
    filled: Database, one: Plugins, tmp_path: Path
) -> None:
    archive(filled, tmp_path)
    page = browse(filled, TABLE, cursor=None, limit=3, newest_first=False)
    first = page.items[0]
    assert first["event"] is None
    assert first["archived"] == {
        "file": "000000000001-000000000048.ndjson.gz",
        "bytes": len(an_event(1).state),
        "sha256": first["archived"]["sha256"],
        "source": "/test",
        "id": "event-1",
    }
    CloudEventsLog(filled).append([an_event(99)])
    (newest,) = browse(filled, TABLE, cursor=None, limit=1, newest_first=True).items
    assert set(newest) == {"position", "id", "recorded_at", "event"}
    assert rows(
        filled,
        "select event_id, content ->> 'id', archived ->> 'id' from cloudevents_raw"
        " where event_id in (1, 49) order by 1",
    ) == [(1, None, "event-1"), (49, "event-99", None)]
    with filled.transaction() as cursor:
        assert event_at(cursor, TABLE, 1) is None
        stubs = stubs_at(cursor, TABLE, [1, 49])
        assert {at: stub.as_json() for at, stub in stubs.items()} == {1: first["archived"]}
    event = in_cloudevent(a_deployment(100, service="native"))
    found = lineage(filled, one, "default", str(identity(event.source, event.id)))
    (made,) = found["events"]
    cloudevent = made["cloudevent"]
    assert cloudevent["document"] is None
    assert cloudevent["archived"]["file"] == "000000000001-000000000048.ndjson.gz"
    assert (cloudevent["source"], cloudevent["event_id"], cloudevent["type"]) == (
        event.source,
        event.id,
        event.type,
    )
    assert made["cdevent"]["document"]
    nothing = lineage(filled, one, "default", str(identity("/test", "event-7")))
    assert nothing["events"][0]["cloudevent"]["archived"]


def test_who_speaks_is_known_of_archived_events_too(filled: Database, tmp_path: Path) -> None:
    told = "select source, events, last_at from event_sources order by source"
    drain(Sources(filled))
    before = rows(filled, told)
    archive(filled, tmp_path)
    with filled.transaction() as cursor:
        cursor.execute("delete from event_sources")
        cursor.execute("delete from streamgauge_tracking where application_name = 'sources'")
    drain(Sources(filled))
    assert rows(filled, told) == before
    assert len(before) > 1


def test_an_export_reads_the_archive_or_says_that_it_needs_it(
    filled: Database, database_url: str, tmp_path: Path
) -> None:
    before = run("export", url=database_url)
    assert before.out.count("\n") == 48
    archive(filled, tmp_path)
    refused = run("export", url=database_url)
    out = tmp_path / "out"
    out.mkdir()
    (out / "log.ndjson").write_text("of last week")
    assert run("export", str(out / "log.ndjson"), url=database_url).code == refused.code != 0
    assert [each.read_text() for each in out.iterdir()] == ["of last week"]
    assert refused.code == 1
    assert "the positions 1 to 48 of the log are archived: name the archive's folder" in refused.err
    assert refused.out == ""
    assert run("export", "--archive", str(tmp_path), url=database_url).out == before.out
    by_setting = run("export", url=database_url, environ={"STREAMGAUGE_ARCHIVE_DIR": str(tmp_path)})
    assert by_setting.out == before.out


def test_the_log_alone_is_taken_over_with_what_it_says_of_the_archive(
    filled: Database, one: Plugins, tmp_path: Path
) -> None:
    before = rows(filled, LOG)
    with filled.transaction() as cursor:
        dead_letters.skip(cursor, dead_letters.listed(cursor))
    archive(filled, tmp_path)
    without_tables(filled)
    migrate(filled)
    assert len(archived(filled)) == 48
    with pytest.raises(ArchiveError):
        drain(*processors(filled, one))
    restore(filled, tmp_path)
    drain(*processors(filled, one))
    assert [row[:5] for row in rows(filled, LOG)] == [row[:5] for row in before]


def test_lineage_and_dead_letters_say_it_on_the_command_line(
    filled: Database, one: Plugins, database_url: str, tmp_path: Path
) -> None:
    with filled.transaction() as cursor:
        (letter,) = dead_letters.listed(cursor)
        dead_letters.skip(cursor, [letter])
    archive(filled, tmp_path)
    key = str(identity("/test", "event-7"))
    shown = run("lineage", key, "--documents", url=database_url)
    assert "archived, in 000000000001-000000000048.ndjson.gz" in shown.out
    letter_id = str(letter.dead_letter_id)
    found = json.loads(run("dead-letters", "show", letter_id, url=database_url).out)
    assert found["archived"]["id"] == "event-5"
