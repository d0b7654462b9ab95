"""``ingest``: a file of CloudEvents into the log."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import BinaryIO

import click

from streamgauge.cli.console import json_option, out, print_json, progress_bar, say
from streamgauge.cloudevents import Event
from streamgauge.cloudevents.json_format import parse
from streamgauge.errors import InvalidCloudEvent
from streamgauge.postgres.migrate import migrate
from streamgauge.postgres.reach import reach
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog, Outcome

BATCH_EVENTS = 1000
# An event that came in binary mode is longer in the log, and so in an export: its data may have
# become base64 or an escaped string, its headers members.
LINE_GROWTH = 2
LINE_HEAD = 256 * 1024
BATCH_BYTES = 16 * 1024 * 1024
BOM = b"\xef\xbb\xbf"
"""What editors on Windows put before the first line of UTF-8."""
Line = tuple[int, bytes]


@click.command()
@click.argument("file", type=click.File("rb"))
@json_option
def ingest(file: BinaryIO, as_json: bool) -> None:
    """Record the CloudEvents in FILE, one JSON object per line; - reads standard input.

    A line that is no CloudEvent is reported with its number and the rest goes in; the exit code
    is then 1. Running it again adds nothing twice.
    """
    settings = Settings.load()
    with reach(settings, role="ingest", say=say) as database, progress_bar() as bar:
        migrate(database)
        task = bar.add_task("ingesting", total=_size(file))
        counts = ingest_lines(
            CloudEventsLog(database),
            file,
            max_event_bytes=LINE_GROWTH * settings.max_event_bytes + LINE_HEAD,
            report=_report,
            progress=lambda size: bar.update(task, advance=size),
        )
    names = [*(outcome.value for outcome in Outcome), "invalid"]
    if as_json:
        print_json({name: counts[name] for name in names})
    else:
        out.print(", ".join(f"{counts[name]:,} {name}" for name in names))
    if counts["invalid"] or counts["conflict"]:
        sys.exit(1)


def ingest_lines(
    log: CloudEventsLog,
    file: BinaryIO,
    *,
    max_event_bytes: int,
    report: Callable[[int, str], None],
    progress: Callable[[int], None],
) -> Counter[str]:
    """Append the events in the lines of a file, a thousand at a time.

    `report` gets the number of each line that was not recorded, and the reason; `progress` how
    many bytes were handled. Returns how many lines were new, duplicate, conflict and invalid.
    """
    counts: Counter[str] = Counter()

    def refuse(number: int, error: InvalidCloudEvent) -> None:
        counts["invalid"] += 1
        report(number, str(error))

    for batch, size in _batches(file, max_event_bytes, refuse):
        outcomes = log.append([event for _, event in batch])
        for (number, event), appended in zip(batch, outcomes, strict=True):
            counts[appended.outcome.value] += 1
            if appended.outcome is Outcome.CONFLICT:
                report(number, f"{event.id!r} of {event.source!r} is recorded with other content")
        progress(size)
    return counts


def _batches(
    file: BinaryIO, limit: int, refuse: Callable[[int, InvalidCloudEvent], None]
) -> Iterator[tuple[list[tuple[int, Event]], int]]:
    """Batches of numbered events, each with how many bytes of the file it took."""
    batch: list[tuple[int, Event]] = []
    size = 0
    for number, line in _lines(file, limit):
        size += len(line)
        if line.strip():
            try:
                if len(line.strip()) > limit:
                    raise InvalidCloudEvent(f"the line is longer than {limit} bytes")
                batch.append((number, parse(line.strip())))
            except InvalidCloudEvent as error:
                refuse(number, error)
        if len(batch) >= BATCH_EVENTS or size >= BATCH_BYTES:
            yield batch, size
            batch, size = [], 0
    if batch or size:
        yield batch, size


def _lines(file: BinaryIO, limit: int) -> Iterator[Line]:
    """Lines with their numbers; of a line that is too long, the first `limit` + 2 bytes."""
    number = 0
    while line := file.readline(limit + 2):
        number += 1
        yield number, line.removeprefix(BOM) if number == 1 else line
        while len(line) > limit + 1 and not line.endswith(b"\n"):
            line = file.readline(limit + 2)  # the rest of it is dropped


def _size(file: BinaryIO) -> int | None:
    try:
        return os.fstat(file.fileno()).st_size or None
    except (OSError, ValueError):
        return None


def _report(number: int, reason: str) -> None:
    say(f"line {number}: {reason}")
