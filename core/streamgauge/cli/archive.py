"""``archive``: old payloads out of the database into files, back again, and checked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from streamgauge.archive.restoring import Restorer
from streamgauge.archive.verifying import verify
from streamgauge.archive.writing import Archiver, Plan, Progress
from streamgauge.cli.console import json_option, out, print_json, progress_bar, say
from streamgauge.postgres.database import Database
from streamgauge.postgres.migrate import migrate, require_current
from streamgauge.postgres.reach import reach
from streamgauge.settings import Settings
from streamgauge.timestamps import format_rfc3339, parse_rfc3339

_FOLDER = click.Path(file_okay=False, path_type=Path)


def _instant(_: click.Context, __: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_rfc3339(text if "T" in text.upper() else f"{text}T00:00:00Z")
    except ValueError as error:
        raise click.BadParameter(f"{error}, nor a day such as 2026-03-01") from None


@click.command()
@click.option("--before", callback=_instant, metavar="DATE", help="Archive what came before it.")
@click.option("--older-than", type=click.IntRange(0), metavar="DAYS", help="The same, in days.")
@click.option("--to", "folder", type=_FOLDER, help="The folder.  [default: archive_dir]")
@click.option("--dry-run", is_flag=True, help="Only say how many events and bytes it would be.")
@click.option("--restore", type=_FOLDER, metavar="DIR", help="Put the payloads in DIR back.")
@click.option("--verify", "checked", type=_FOLDER, metavar="DIR", help="Check DIR and the log.")
@json_option
def archive(
    before: datetime | None,
    older_than: int | None,
    folder: Path | None,
    dry_run: bool,
    restore: Path | None,
    checked: Path | None,
    as_json: bool,
) -> None:
    """Move the payloads of old CloudEvents from the database into files, safely.

    The events stay in the log, with digests of what they were: redeliveries are recognised, and
    nothing that is derived changes. Whoever needs the payloads later, a replay from the log of
    CloudEvents, reads them there (--archive, or the setting archive_dir). Interrupted, the same
    command goes on where it was. Events are taken in all the while.
    """
    if sum(each is not None for each in (before, older_than, restore, checked)) != 1:
        raise click.UsageError("give one of --before, --older-than, --restore and --verify")
    settings = Settings.load()
    with reach(settings, role="archive", say=say) as database:
        if checked is not None or dry_run:  # which change nothing
            with database.transaction() as cursor:
                require_current(cursor)
        else:
            migrate(database)
        if restore is not None:
            _restore(database, restore, as_json)
        elif checked is not None:
            _verify(database, checked, as_json)
        else:
            until = before or datetime.now(UTC) - timedelta(days=older_than or 0)
            _archive(database, until, folder or settings.archive_dir, dry_run, as_json)


def _archive(
    database: Database, until: datetime, folder: Path | None, dry_run: bool, as_json: bool
) -> None:
    if folder is None:
        raise click.UsageError("say with --to where, or set archive_dir")
    with _progress("archiving") as progress:
        archiver = Archiver(database, folder, progress=progress)
        plan = archiver.plan(until)
        taken = 0 if dry_run else archiver.run(plan)
    if taken:
        # Else the room would be given to new events when half of the log is dead rows. It locks
        # nobody out: without truncation, which would.
        with database.connection() as conn:
            conn.execute("vacuum (truncate off, analyze) cloudevents_events")
    if as_json:
        print_json(
            {
                "before": format_rfc3339(until),
                "folder": str(folder),
                "upto": plan.upto,
                "events": plan.events,
                "bytes": plan.bytes,
                "listed": plan.listed,
                "taken_out": taken,
                "dry_run": dry_run,
            }
        )
        return
    _print(plan, folder, taken, dry_run)


def _print(plan: Plan, folder: Path, taken: int, dry_run: bool) -> None:
    would = "would be" if dry_run else "are"
    out.print(
        f"{plan.events:,} events of {_size(plan.bytes)} {would} written to {folder}, which then"
        f" has the log up to position {plan.upto:,}"
        if dry_run or plan.events
        else f"nothing more to write: {folder} has the log up to position {plan.upto:,}",
        soft_wrap=True,
    )
    if dry_run and plan.listed:
        out.print(f"{plan.listed:,} that it has are still in the database too")
    if not dry_run:
        out.print(f"{taken:,} payloads were taken out of the database")
    if plan.behind:
        say("the router has not come to all that is old enough; that stays until it has")


def _restore(database: Database, folder: Path, as_json: bool) -> None:
    with _progress("restoring") as progress:
        done = Restorer(database, folder, progress=progress).run()
    if as_json:
        print_json(done._asdict())
        return
    out.print(f"{done.put_back:,} payloads were put back; {done.there:,} were there")
    if done.recorded:
        out.print(f"{done.recorded:,} events that the log had not got were recorded")


def _verify(database: Database, folder: Path, as_json: bool) -> None:
    with _progress("reading") as progress:
        found = verify(database, folder, progress=progress)
    for problem in found.problems:
        say(problem)
    if as_json:
        print_json(found._asdict())
    else:
        verdict = "not whole" if found.problems else "whole"
        out.print(
            f"{folder} is {verdict}: {found.files:,} files, {found.events:,} events, of"
            f" {found.archived:,} of which the database has no payload",
            soft_wrap=True,
        )
    if found.problems:
        sys.exit(1)


@contextmanager
def _progress(what: str) -> Iterator[Progress]:
    with progress_bar() as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 100_000 else f"{count:,} bytes"
