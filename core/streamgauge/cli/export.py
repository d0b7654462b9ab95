"""``export``: a log as a file of CloudEvents, which ``ingest`` takes elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import click
from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge import json_codec
from streamgauge.cdevents import CDEvent, in_cloudevent
from streamgauge.cli.console import progress_bar, say
from streamgauge.postgres.database import Database
from streamgauge.postgres.migrate import migrate
from streamgauge.postgres.reach import reach
from streamgauge.settings import Settings
from streamgauge.streams import cdevents_log
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.recorder import RecordedRow, StreamRecorder

PAGE_EVENTS = 1000
PAGE_BYTES = 16 * 1024 * 1024
# Between the members of an event a line end is white space, and inside a string there is none.
_ON_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")

_Page = Callable[[Cursor[TupleRow], int], Sequence[RecordedRow]]


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True), default="-")
@click.option("--cdevents", is_flag=True, help="The CDEvents, each in a CloudEvent.")
@click.option(
    "--archive",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where archived events are.  [default: archive_dir]",
)
def export(file: str, cdevents: bool, archive: Path | None) -> None:
    """Write the log of CloudEvents to FILE, one JSON object per line, oldest first.

    Each is as it was received, but for line ends between its members. Without a FILE, or with -,
    it is standard output. What is appended meanwhile is not in it. A FILE that is there already is
    replaced when all is written, and not before.
    """
    settings = Settings.load()
    with (
        _replacing(file) as out,
        reach(settings, role="export", say=say) as database,
        progress_bar() as bar,
    ):
        migrate(database)
        if cdevents:
            head, page = _cdevents(database)
        else:
            head, page = _cloudevents(database, archive or settings.archive_dir)
        task = bar.add_task("exporting", total=head or None)
        for position, state in _states(database, page, head):
            if cdevents:
                state = in_cloudevent(CDEvent(json_codec.decode(state))).state
            out.write(state.translate(_ON_ONE_LINE) + b"\n")
            bar.update(task, completed=position)


@contextmanager
def _replacing(name: str) -> Iterator[BinaryIO]:
    """What is written takes the file's place once all of it is there."""
    path = Path(name)
    if name == "-" or (path.exists() and not path.is_file()):  # a pipe, say
        with click.open_file(name, "wb") as out:
            yield cast("BinaryIO", out)
        return
    part = path.with_name(f"{path.name}.part")
    try:
        out = part.open("wb")
    except OSError as error:
        raise click.BadParameter(f"{name!r}: {error.strerror}", param_hint="FILE") from None
    try:
        with out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _cloudevents(database: Database, archive: Path | None) -> tuple[int, _Page]:
    """The head of the log, and what reads it. Raises ArchiveError where not all can be read."""
    log = CloudEventsLog(database, archive=archive)
    with database.transaction() as cursor:
        log.check_readable(cursor, after=0)
        head = log.recorder.head(cursor)
    return head, lambda cursor, after: log.page(
        cursor, after=after, limit=PAGE_EVENTS, max_bytes=PAGE_BYTES
    )


def _cdevents(database: Database) -> tuple[int, _Page]:
    recorder = StreamRecorder(database.datastore, events_table_name=cdevents_log.TABLE)
    with database.transaction() as cursor:
        head = recorder.head(cursor)
    return head, lambda cursor, after: recorder.page(
        cursor, after=after, limit=PAGE_EVENTS, max_bytes=PAGE_BYTES
    )


def _states(database: Database, read: _Page, head: int) -> Iterator[tuple[int, bytes]]:
    """The events up to the position `head`, a page in memory at a time."""
    after = 0
    while after < head:
        with database.transaction() as cursor:
            page = read(cursor, after)
        for row in page:
            if row.position <= head:
                yield row.position, bytes(row.state)
        after = page[-1].position if page else head
