"""Payloads in files: what stays in the database, what comes back, and what is noticed."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streamgauge import Event
from streamgauge.archive import files, manifest, taking
from streamgauge.archive.alone import alone
from streamgauge.archive.writing import Archiver
from streamgauge.errors import ArchiveError
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import Failure
from streamgauge.streams.cloudevents_log import CloudEventsLog, Outcome
from tests.archive.world import (
    EVER,
    LOG,
    archive,
    archived,
    log_digest,
    restore,
    routed,
    verified,
)
from tests.conftest import fresh_database
from tests.helpers import an_event, rows

ODD = Event(
    "/test",
    "odd",
    "t",
    b'{ "specversion":"1.0",\r\n\t"id":"odd", "source":"/test","type":"t",'
    b'"data":"\\u0000 \xe2\x80\xa8 \\n","ext":null }\n ',
)
"""An event that has whatever a line of text could lose."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of ten events, taken out by three."""
    monkeypatch.setattr(files, "MOST_EVENTS", 10)
    monkeypatch.setattr(taking, "BATCH", 3)


@pytest.fixture
def filled(database: Database, small: None) -> Database:
    log = CloudEventsLog(database)
    log.append([an_event(n) for n in range(1, 25)])
    log.append([ODD])
    routed(database)
    return database


def test_the_rows_stay_and_their_payloads_come_back_to_the_byte(
    filled: Database, tmp_path: Path
) -> None:
    before, digest = rows(filled, LOG), log_digest(filled)
    assert archive(filled, tmp_path) == 25
    after = rows(filled, LOG)
    assert [row[:5] + row[6:] for row in after] == [row[:5] + row[6:] for row in before]
    assert {row[5] for row in after} == {b""}
    assert len(manifest.load(tmp_path).files) == 3
    assert log_digest(filled)[:3] == digest[:3]
    assert verified(filled, tmp_path) == (3, 25, 25, [])
    assert restore(filled, tmp_path) == (25, 0, 0)
    assert rows(filled, LOG) == before
    assert log_digest(filled) == digest
    assert restore(filled, tmp_path) == (0, 0, 25)
    assert archive(filled, tmp_path) == 25  # what was put back is taken out again
    assert log_digest(filled)[:3] == digest[:3]


def test_a_line_of_the_archive_is_json_with_the_event_as_text(
    filled: Database, tmp_path: Path
) -> None:
    archive(filled, tmp_path)
    last = manifest.load(tmp_path).files[-1]
    lines = gzip.decompress((tmp_path / last.name).read_bytes()).splitlines()
    line = json.loads(lines[-1])
    assert line["event"].encode() == ODD.state
    assert (line["position"], line["tenant"], line["type"]) == (25, "default", "t")
    assert last.name == "000000000021-000000000025.ndjson.gz"


def test_a_redelivery_of_an_archived_event_is_a_duplicate_and_other_content_a_conflict(
    filled: Database, tmp_path: Path
) -> None:
    archive(filled, tmp_path)
    log = CloudEventsLog(filled)
    spelt_otherwise = json.dumps(json.loads(an_event(3).state), indent=2).encode()
    other = Event("/test", "event-3", "com.example.thing", an_event(3).state[:-1] + b',"x":"y"}')
    found = log.append(
        [
            an_event(3),
            Event("/test", "event-3", "com.example.thing", spelt_otherwise),
            other,
            ODD,
            an_event(99),
        ]
    )
    assert [each.outcome for each in found] == [
        Outcome.DUPLICATE,
        Outcome.DUPLICATE,
        Outcome.CONFLICT,
        Outcome.DUPLICATE,
        Outcome.NEW,
    ]
    assert [each.position for each in found] == [3, 3, 3, 25, 26]
    assert rows(filled, "select state from conflicts") == [(other.state,)]


def test_only_what_is_older_is_archived(filled: Database, tmp_path: Path) -> None:
    archiver = Archiver(filled, tmp_path)
    now = datetime.now(UTC)
    assert archiver.plan(now - timedelta(days=1))[:3] == (0, 0, 0)
    with filled.transaction() as cursor:
        cursor.execute(
            "update cloudevents_events set recorded_at = recorded_at - interval '2 days'"
            " where notification_id <= 12"
        )
    size = sum(len(an_event(n).state) for n in range(1, 13))
    plan = archiver.plan(now - timedelta(days=1))
    assert plan == (0, 12, 12, size, 0, False)
    assert archived(filled) == []  # a plan changes nothing
    assert archiver.run(plan) == 12
    assert archived(filled) == list(range(1, 13))
    assert archive(filled, tmp_path) == 13
    assert [file.events for file in manifest.load(tmp_path).files] == [10, 2, 10, 3]
    assert verified(filled, tmp_path).problems == []


def test_what_the_router_has_not_come_to_stays(filled: Database, tmp_path: Path) -> None:
    routed(filled, 7)
    assert Archiver(filled, tmp_path).plan(EVER).behind
    assert archive(filled, tmp_path) == 7
    assert archived(filled) == list(range(1, 8))


def a_failure(position: int) -> Failure:
    event = an_event(position)
    return Failure("default", position, event.source, event.id, event.type, "h", "1", "why")


def test_what_has_an_open_dead_letter_stays_until_it_is_settled(
    filled: Database, tmp_path: Path
) -> None:
    with filled.transaction() as cursor:
        dead_letters.park(cursor, "cdevents@1", [a_failure(4)])
        dead_letters.park(cursor, "delivery@1", [a_failure(6)])  # a position of another log
    assert archive(filled, tmp_path) == 24
    assert archived(filled) == [n for n in range(1, 26) if n != 4]
    assert archive(filled, tmp_path) == 0
    assert verified(filled, tmp_path) == (3, 25, 24, [])
    with filled.transaction() as cursor:
        (letter,) = (each for each in dead_letters.listed(cursor) if each.position == 4)
        dead_letters.settle(cursor, letter, "done")
    assert archive(filled, tmp_path) == 1
    assert archived(filled) == list(range(1, 26))


def test_a_lost_log_is_had_back_from_the_archive_to_the_position(
    filled: Database, tmp_path: Path, server_url: str
) -> None:
    before, digest = rows(filled, LOG), log_digest(filled)
    archive(filled, tmp_path)
    with fresh_database(server_url) as url, Database(url) as empty:
        assert restore(empty, tmp_path) == (0, 25, 0)
        assert rows(empty, LOG) == before
        assert log_digest(empty) == digest
        log = CloudEventsLog(empty)
        assert [each.position for each in log.append([an_event(3), an_event(50)])] == [3, 26]


def test_a_log_that_has_something_else_is_left_alone(
    filled: Database, tmp_path: Path, server_url: str
) -> None:
    archive(filled, tmp_path)
    with fresh_database(server_url) as url, Database(url) as other:
        CloudEventsLog(other).append([an_event(99)])
        before = rows(other, LOG)
        routed(other)
        with pytest.raises(ArchiveError, match=r"something else than .* at position 1"):
            restore(other, tmp_path)
        with pytest.raises(ArchiveError, match=r"ends at position 25, and the log at 1"):
            archive(other, tmp_path)
        assert rows(other, LOG) == before
        assert "another event at position 1" in verified(other, tmp_path).problems[0]


def test_an_archive_goes_on_in_its_own_folder_only(filled: Database, tmp_path: Path) -> None:
    archive(filled, tmp_path / "one")
    CloudEventsLog(filled).append([an_event(77)])
    with pytest.raises(ArchiveError, match=r"archived up to position 25, and .* ends at 0"):
        archive(filled, tmp_path / "two")
    assert archive(filled, tmp_path / "one") == 1


def test_a_disk_that_is_full_takes_nothing_out(filled: Database, tmp_path: Path) -> None:
    there = "select count(*) from cloudevents_events where length(state) > 0"
    before = rows(filled, there)
    (tmp_path / "next.part").symlink_to("/dev/full")
    with pytest.raises(ArchiveError, match="cannot be written: No space left on device"):
        archive(filled, tmp_path)
    assert rows(filled, there) == before != [(0,)]
    archive(filled, tmp_path)
    assert rows(filled, there) == [(0,)]


def test_two_at_once_are_refused(filled: Database, tmp_path: Path) -> None:
    with alone(filled), pytest.raises(ArchiveError, match="another archive or restore"):
        archive(filled, tmp_path)


def rewritten(path: Path, change: Any) -> None:
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join(change(lines))))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def other_byte(path: Path) -> None:
    rewritten(path, lambda lines: [lines[0].replace(b"event-11", b"event-1!"), *lines[1:]])


def line_missing(path: Path) -> None:
    rewritten(path, lambda lines: lines[:3] + lines[4:])


def line_twice(path: Path) -> None:
    rewritten(path, lambda lines: [*lines, lines[-1]])


def swapped(path: Path) -> None:
    rewritten(path, lambda lines: [lines[1], lines[0], *lines[2:]])


@pytest.mark.parametrize(
    "damage", [cut, other_byte, line_missing, line_twice, swapped, Path.unlink]
)
@pytest.mark.parametrize("knowing", [False, True], ids=["file alone", "manifest too"])
def test_whatever_is_done_to_a_file_is_noticed(
    filled: Database, tmp_path: Path, damage: Any, knowing: bool
) -> None:
    """Also where the file's digest in the manifest was changed with it."""
    archive(filled, tmp_path)
    found = manifest.load(tmp_path)
    path = tmp_path / found.files[1].name
    damage(path)
    if knowing and path.exists():
        text = (tmp_path / manifest.NAME).read_text()
        now = hashlib.sha256(path.read_bytes()).hexdigest()
        (tmp_path / manifest.NAME).write_text(text.replace(found.files[1].sha256, now))
    (problem,) = verified(filled, tmp_path).problems
    assert path.name in problem
    before = rows(filled, LOG)
    with pytest.raises(ArchiveError, match=path.name):
        restore(filled, tmp_path)
    assert [row for row in rows(filled, LOG) if row[0] > 10] == before[10:]


def test_a_manifest_whose_end_is_lost_is_noticed(filled: Database, tmp_path: Path) -> None:
    archive(filled, tmp_path)
    found = manifest.load(tmp_path)
    manifest.save(tmp_path, manifest.Manifest(found.files[:2]))
    assert (
        "payloads at 21 to 25 are archived, and not in it" in verified(filled, tmp_path).problems[0]
    )
    with pytest.raises(ArchiveError, match="archived up to position 25"):
        archive(filled, tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "is no archive"),
        ("{", "not the manifest of an archive"),
        ('{"format": "other", "files": []}', "of the format 'other'"),
        (
            '{"format":"streamgauge-archive-1","files":[{"name":"../x","first":1,"last":2,'
            '"events":2,"bytes":1,"sha256":"","seal":""}]}',
            "'../x' is out of order, or no file's name",
        ),
    ],
)
def test_a_manifest_that_is_none_is_refused(
    database: Database, tmp_path: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / manifest.NAME).write_text(text)
    with pytest.raises(ArchiveError, match=said):
        verified(database, tmp_path)


def test_what_is_written_is_read_back_before_anything_is_taken_out(
    filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that keeps something else than what it was given."""
    write = files.write

    def wrong(folder: Path, *rest: Any) -> Any:
        path, file = write(folder, *rest)
        rewritten(path, lambda lines: lines[:-1])
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        return path, manifest.ArchiveFile(
            file.name, file.first, file.last, file.events, file.bytes, sha256, file.seal
        )

    monkeypatch.setattr(files, "write", wrong)
    before = rows(filled, LOG)
    with pytest.raises(ArchiveError, match="do not fit together"):
        archive(filled, tmp_path)
    assert rows(filled, LOG) == before
    assert manifest.load(tmp_path, new=True).files == []


def test_a_row_that_was_changed_meanwhile_is_not_taken_out(
    filled: Database, tmp_path: Path
) -> None:
    archive(filled, tmp_path)
    restore(filled, tmp_path)
    with filled.transaction() as cursor:
        cursor.execute(
            "update cloudevents_events set state = state || ' ' where notification_id = 5"
        )
    before = rows(filled, LOG)
    with pytest.raises(ArchiveError, match="differ from position 5"):
        archive(filled, tmp_path)
    assert rows(filled, LOG)[3:] == before[3:]


def test_an_empty_log_has_nothing_to_archive(database: Database, tmp_path: Path) -> None:
    assert archive(database, tmp_path / "new") == 0
    assert log_digest(database) == (0, 0, "0" * 64, 0)


def test_one_event_may_be_larger_than_a_file_should_be(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    CloudEventsLog(database).append([an_event(1), an_event(2)])
    routed(database)
    archive(database, tmp_path)
    assert [file.events for file in manifest.load(tmp_path).files] == [1, 1]
