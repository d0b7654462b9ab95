"""``dead-letters``: what could not be handled, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.cli.console import json_option, out, print_json, print_table, say
from streamgauge.postgres.migrate import require_current
from streamgauge.postgres.reach import reach
from streamgauge.processors import dead_letters as letters
from streamgauge.settings import Settings


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
        print_json({"items": [letter.as_json() for letter in found]})
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
        shown = letters.with_event(cursor, letter)
    print_json(shown)


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
        letters.check_open(chosen)
        if state == "queued":
            letters.request_retry(cursor, chosen)
        else:
            letters.skip(cursor, chosen)
    out.print(f"{len(chosen)} {state}")


@contextmanager
def _cursor() -> Iterator[Cursor[TupleRow]]:
    with (
        reach(Settings.load(), role="dead-letters", say=say) as database,
        database.transaction() as cursor,
    ):
        require_current(cursor)
        yield cursor
