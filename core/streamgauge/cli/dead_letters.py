"""``dead-letters``: what could not be handled, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.cli.console import json_option, out, print_json, print_table, say
from streamgauge.json_codec import Raw
from streamgauge.postgres.migrate import require_current
from streamgauge.postgres.reach import reach
from streamgauge.processors import dead_letters as letters
from streamgauge.processors.dead_letters import DeadLetter
from streamgauge.routing.router import NAME as CDEVENTS
from streamgauge.settings import Settings
from streamgauge.stages import builds
from streamgauge.streams import cdevents_log, cloudevents_log
from streamgauge.streams.browse import event_at, stub_at
from streamgauge.timestamps import format_rfc3339


@click.group("dead-letters")
def dead_letters() -> None:
    """List, show, retry or skip the events that a transformer or projection could not handle."""


@dead_letters.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are done or skipped, too.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@json_option
def list_(everything: bool, limit: int, as_json: bool) -> None:
    """List dead letters, the newest first."""
    states: tuple[letters.Status, ...] = tuple(letters.OPEN)
    if everything:
        states = (*states, "done", "skipped")
    with _cursor() as cursor:
        found = letters.listed(cursor, states=states, limit=limit)
    if as_json:
        print_json({"items": [_as_json(letter) for letter in found]})
        return
    print_table(
        ("id", "state", "handler", "event type", "event id", "reason"),
        [
            (
                str(letter.dead_letter_id)[:8],
                letter.state,
                f"{letter.handler} {letter.handler_version}",
                letter.event_type,
                letter.event_id,
                letter.reason,
            )
            for letter in found
        ],
        empty="there are no dead letters",
    )


@dead_letters.command()
@click.argument("id")
def show(id: str) -> None:  # noqa: A002
    """Show the dead letter whose id starts with ID, with its event, as JSON."""
    with _cursor() as cursor:
        letter = letters.find(cursor, id)
        log = _log_of(cursor, letter)
        state = event_at(cursor, log, letter.position)
        stub = stub_at(cursor, log, letter.position)
    shown = {**_as_json(letter), "event": None if state is None else Raw(state)}
    print_json(shown if stub is None else {**shown, "archived": stub.as_json()})


@dead_letters.command()
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that are parked.")
def retry(ids: tuple[str, ...], everything: bool) -> None:
    """Have the dead letters handled again, by whoever holds the processor's lease."""
    _settle(ids, everything, "queued")


@dead_letters.command()
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that are parked.")
def skip(ids: tuple[str, ...], everything: bool) -> None:
    """Give up on the dead letters; their events stay in the log."""
    _settle(ids, everything, "skipped")


def _settle(ids: tuple[str, ...], everything: bool, state: letters.Status) -> None:
    if bool(ids) == everything:
        raise click.UsageError("give one or more ids, or --all")
    with _cursor() as cursor:
        chosen = (
            letters.listed(cursor, states=("parked", "waiting", "blocking"), limit=100_000)
            if everything
            else [letters.find(cursor, prefix) for prefix in ids]
        )
        for letter in chosen:
            if letter.state == "done":
                raise click.ClickException(
                    f"{letter.dead_letter_id} is done: its event has been handled"
                )
        if state == "queued":
            letters.request_retry(cursor, chosen)
        else:
            letters.skip(cursor, chosen)
    out.print(f"{len(chosen)} {state}")


def _log_of(cursor: Cursor[TupleRow], letter: DeadLetter) -> str:
    """The table of the log that the dead letter's position is in."""
    if letter.stage == CDEVENTS:
        return cloudevents_log.TABLE
    number = int(letter.processor.rpartition("@")[2])
    build = builds.numbered(cursor, letter.stage, number)
    source = build.source_build if build else None
    return cdevents_log.TABLE if source is None else f"{cdevents_log.TABLE}__{source}"


@contextmanager
def _cursor() -> Iterator[Cursor[TupleRow]]:
    with (
        reach(Settings.load(), role="dead-letters", say=say) as database,
        database.transaction() as cursor,
    ):
        require_current(cursor)
        yield cursor


def _as_json(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": str(letter.dead_letter_id),
        "tenant": letter.tenant,
        "processor": letter.processor,
        "position": letter.position,
        "event": {
            "source": letter.event_source,
            "id": letter.event_id,
            "type": letter.event_type,
        },
        "handler": letter.handler,
        "handler_version": letter.handler_version,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "state": letter.state,
        "parked_at": format_rfc3339(letter.parked_at),
        "changed_at": format_rfc3339(letter.changed_at),
    }
