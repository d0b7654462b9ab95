"""Whether an archive is whole, and the database's; and the digest of a log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from streamgauge.archive import files, manifest
from streamgauge.archive.manifest import ArchiveFile, Manifest
from streamgauge.archive.record import START
from streamgauge.archive.taking import known_rows
from streamgauge.archive.writing import Progress
from streamgauge.errors import ArchiveError
from streamgauge.postgres.database import Database

_PAGE = 1000


class Verified(NamedTuple):
    """What was found."""

    files: int
    events: int
    archived: int
    """Events of the archive whose payloads are not in the database."""
    problems: list[str]
    """What is wrong, a line for each file; nothing: all is as it was written."""


def verify(database: Database, folder: Path, *, progress: Progress = lambda *_: None) -> Verified:
    """Read all of the archive, and compare it with the log.

    Raises ArchiveError where there is no manifest that can be read.
    """
    found = manifest.load(folder)
    problems = list(_archived_elsewhere(database, folder, found))
    archived = 0
    for number, file in enumerate(found.files):
        try:
            archived += _compare(database, folder, file, found.before(number))
        except ArchiveError as error:
            problems.append(str(error))
        progress(file.last, found.last)
    events = sum(file.events for file in found.files)
    return Verified(len(found.files), events, archived, problems)


def _compare(database: Database, folder: Path, file: ArchiveFile, before: bytes) -> int:
    """How many of the file's events have no payload in the database. Raises ArchiveError."""
    written = [kept.digested for kept in files.checked(folder / file.name, file, before)]
    with database.transaction() as cursor:
        known = known_rows(cursor, file.first - 1, file.last)
    there = {row.digested for row in known}
    missing = next((each.position for each in written if each not in there), None)
    if missing is not None:
        raise ArchiveError(
            f"{folder / file.name}: the log has another event at position {missing:,}, or none"
        )
    if len(known) > len(written):
        raise ArchiveError(f"{folder / file.name}: the log has events that are not in it")
    return sum(row.is_archived for row in known)


def _archived_elsewhere(database: Database, folder: Path, found: Manifest) -> Iterator[str]:
    with database.transaction() as cursor:
        cursor.execute(
            "select min(notification_id), max(notification_id) from cloudevents_events"
            " where archived is not null and notification_id > %s",
            (found.last,),
        )
        row = cursor.fetchone()
    if row is not None and row[0] is not None:
        yield (
            f"{folder} ends at position {found.last:,}; payloads at {row[0]:,} to {row[1]:,} are"
            " archived, and not in it"
        )


class LogDigest(NamedTuple):
    """What identifies a log: it is the same after a dump and a restore, archived or not."""

    events: int
    position: int
    """Of the last event."""
    digest: str
    archived: int


def digest(database: Database, *, progress: Progress = lambda *_: None) -> LogDigest:
    """The seal over all of the log as it is now; what is appended meanwhile is not in it."""
    with database.transaction() as cursor:
        cursor.execute("select coalesce(max(notification_id), 0) from cloudevents_events")
        row = cursor.fetchone()
    head = 0 if row is None else int(row[0])
    seal, events, archived, after = START, 0, 0, 0
    while after < head:
        with database.transaction() as cursor:
            page = known_rows(cursor, after, min(after + _PAGE, head))
        for known in page:
            seal = known.digested.sealed(seal)
            archived += known.is_archived
        events += len(page)
        after = min(after + _PAGE, head)
        progress(after, head)
    return LogDigest(events, head, seal.hex(), archived)
