"""``archive`` and ``digest`` as a user types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamgauge.archive import manifest
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.archive.world import archived, routed
from tests.cli.test_cli import run
from tests.helpers import an_event, rows

SIZE = sum(len(an_event(n).state) for n in range(1, 4))


@pytest.fixture
def three(database: Database) -> Database:
    CloudEventsLog(database).append([an_event(n) for n in range(1, 4)])
    routed(database)
    return database


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give one of --before, --older-than, --restore and --verify"),
        (["--restore", "/nowhere", "--verify", "/nowhere"], "give one of"),
        (["--before", "yesterday"], "nor a day such as 2026-03-01"),
        (["--older-than", "-1"], "-1 is not in the range"),
        (["--older-than", "1"], "say with --to where, or set archive_dir"),
    ],
)
def test_wrong_usage_is_explained(
    three: Database, database_url: str, arguments: list[str], said: str
) -> None:
    done = run("archive", *arguments, url=database_url)
    assert done.code == 2
    assert said in done.err


def test_a_dry_run_says_how_many_events_and_bytes_and_does_nothing(
    three: Database, database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    done = run("archive", "--older-than", "0", "--to", str(folder), "--dry-run", url=database_url)
    assert (done.code, done.err) == (0, "")
    assert f"3 events of {SIZE} bytes would be written to {folder}" in done.out
    assert not folder.exists()
    assert archived(three) == []


def test_what_was_done_is_said_in_words_and_in_json(
    three: Database, database_url: str, tmp_path: Path
) -> None:
    folder = str(tmp_path)
    plain = run("digest", url=database_url).out
    assert plain.startswith("3 events up to position 3\n")
    done = run("archive", "--before", "9000-01-01", "--to", folder, "--json", url=database_url)
    assert (done.code, done.json) == (
        0,
        {
            "before": "9000-01-01T00:00:00Z",
            "folder": folder,
            "upto": 3,
            "events": 3,
            "bytes": SIZE,
            "listed": 0,
            "taken_out": 3,
            "dry_run": False,
        },
    )
    assert archived(three) == [1, 2, 3]
    assert run("digest", "--json", url=database_url).json == {
        "events": 3,
        "position": 3,
        "digest": plain.splitlines()[1],
        "archived": 3,
    }
    told = run("digest", url=database_url)
    assert (told.out, "3 are archived" in told.err) == (plain, True)
    known = {"STREAMGAUGE_ARCHIVE_DIR": folder}
    again = run("archive", "--older-than", "0", url=database_url, environ=known)
    assert "nothing more to write" in again.out
    assert "0 payloads were taken out" in again.out
    whole = run("archive", "--verify", folder, url=database_url)
    assert (whole.code, whole.err) == (0, "")
    assert f"{folder} is whole: 1 files, 3 events, of 3 of which the database has no" in whole.out
    back = run("archive", "--restore", folder, "--json", url=database_url)
    assert back.json == {"put_back": 3, "recorded": 0, "there": 0}
    assert run("digest", url=database_url).out == plain


def test_the_room_of_what_was_taken_out_is_free_for_new_events(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    log = CloudEventsLog(database)
    log.append([an_event(n, subject="s" * 1500) for n in range(2000)])
    routed(database)
    size = "select pg_relation_size('cloudevents_events')"
    ((before,),) = rows(database, size)
    assert run("archive", "--older-than", "0", "--to", str(tmp_path), url=database_url).code == 0
    ((stubs,),) = rows(database, size)
    log.append([an_event(n, subject="s" * 1500) for n in range(2000, 3500)])
    assert rows(database, size) == [(stubs,)]
    assert stubs < 1.5 * before


def test_what_is_wrong_is_a_line_and_the_exit_code_is_1(
    three: Database, database_url: str, tmp_path: Path
) -> None:
    none = run("archive", "--verify", str(tmp_path), url=database_url)
    assert (none.code, none.out) == (1, "")
    assert none.err == f"streamgauge: {tmp_path} is no archive: it has no manifest.json\n"
    run("archive", "--older-than", "0", "--to", str(tmp_path), url=database_url)
    file = manifest.load(tmp_path).files[0].name
    (tmp_path / file).write_bytes(b"")
    wrong = run("archive", "--verify", str(tmp_path), "--json", url=database_url)
    assert wrong.code == 1
    assert wrong.json["problems"] == [
        f"{tmp_path / file} is not as it was written: its SHA-256 is another"
    ]
    assert file in wrong.err


def test_the_router_that_is_behind_is_named(
    three: Database, database_url: str, tmp_path: Path
) -> None:
    routed(three, 1)
    done = run("archive", "--older-than", "0", "--to", str(tmp_path), url=database_url)
    assert "the router has not come to all that is old enough" in done.err
    assert "1 payloads were taken out" in done.out
