"""``replay``: anything derived made anew, compared, swapped in, swapped back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from streamgauge.cli.console import (
    err,
    json_option,
    out,
    print_json,
    print_table,
    progress_bar,
    say,
)
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.postgres.migrate import migrate
from streamgauge.postgres.reach import reach
from streamgauge.processors.worker import collect_garbage_less_often
from streamgauge.replay.chain import CDEVENTS, Stages
from streamgauge.replay.run import Replayed, Replayer
from streamgauge.replay.swap import Link
from streamgauge.routing.router import routing_table
from streamgauge.settings import Settings
from streamgauge.stages.requests import Action
from streamgauge.stages.stage import Stage


@click.command()
@click.argument("name", required=False)
@click.option(
    "--from",
    "source",
    type=click.Choice(["cloudevents"]),
    help="Derive the log of CDEvents anew, with today's transformers, and all that reads it.",
)
@click.option("--compare", "comparing", is_flag=True, help="Show what would change; swap nothing.")
@click.option("--rollback", is_flag=True, help="Go back to what the last replay has replaced.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=lambda: max(1, (os.cpu_count() or 1) // 2),
    show_default="half the processors",
    help="How many processes share the work, where the projection allows it.",
)
@click.option(
    "--archive",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where archived events are read.  [default: archive_dir]",
)
@click.option("--join", is_flag=True, hidden=True)
@json_option
def replay(
    name: str | None,
    source: str | None,
    comparing: bool,
    rollback: bool,
    workers: int,
    archive: Path | None,
    join: bool,
    as_json: bool,
) -> None:
    """Build NAME, a projection, derived facts or a metric, anew and swap it in.

    What stands on it is built anew with it, and all is swapped at once; readers see the old
    tables whole until then. A replay that was interrupted goes on where it was when the same
    command is given again.
    """
    if (name is None) == (source is None):
        raise click.UsageError(
            "give the NAME of a projection, of derived facts or of a metric, or --from cloudevents"
        )
    if comparing and rollback:
        raise click.UsageError("--compare and --rollback exclude each other")
    target = CDEVENTS if name is None else name
    action: Action = "compare" if comparing else "rollback" if rollback else "replay"
    settings = Settings.load()
    settings = replace(settings, archive_dir=archive or settings.archive_dir)
    plugins = Plugins(settings)
    table = routing_table(plugins, settings)
    with reach(settings, role="replay", say=say) as database:
        migrate(database)
        stages = Stages(database, plugins, table)
        chain = stages.chain(target)
        collect_garbage_less_often()
        if join:
            while Replayer(database, stages).help():
                pass
            return
        with _progress() as progress, _helpers(database, target, workers - 1) as helpers:
            done = Replayer(
                database,
                stages,
                keep_replaced=settings.keep_replaced,
                progress=progress,
                helpers=helpers,
                say=say,
            ).run(target, action, "command", now=datetime.now(UTC))
    if as_json:
        print_json(done.as_json())
    else:
        _print(done, chain[0])
    if done.broken:
        sys.exit(1)


@contextmanager
def _progress() -> Iterator[Any]:
    with progress_bar() as bar:
        tasks: dict[str, Any] = {}

        def show(stage: str, position: int, head: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=head)
            bar.update(tasks[stage], completed=position, total=head)

        yield show


@contextmanager
def _helpers(database: Database, target: str, count: int) -> Iterator[Any]:
    """Processes that fill what this one fills; they end when there is nothing left to fill."""
    processes: list[subprocess.Popen[bytes]] = []
    arguments = ["--from", "cloudevents"] if target == CDEVENTS else [target]

    def start(link: Link) -> None:
        if not getattr(getattr(link.stage, "projection", None), "concurrent", False):
            return
        processes.extend(
            subprocess.Popen(
                [sys.executable, "-m", "streamgauge", "replay", *arguments, "--join"],
                env={**os.environ, "DATABASE_URL": database.url},
                stdin=subprocess.DEVNULL,
            )
            for _ in range(count)
        )

    try:
        yield start
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _print(done: Replayed, first: Stage) -> None:
    if done.comparison is not None:
        _print_comparison(done.comparison, first.name)
        return
    if done.action == "rollback":
        out.print(f"{first.name}: back to what the last replay had replaced")
    for stage, build in done.builds.items():
        before = done.replaced.get(stage)
        place = "" if before is None else f" in place of build {before}"
        out.print(f"{stage}: build {build} is current{place}")


def _print_comparison(found: Mapping[str, Any], name: str) -> None:
    if "cdevents" in found:
        log = found["cdevents"]
        out.print(
            f"CDEvents: {log['added']:,} added, {log['removed']:,} removed, "
            f"{log['different']:,} different, {log['same']:,} the same"
        )
        print_table(
            ("type", "added", "removed", "different"),
            [
                (kind, *(f"{counts.get(what, 0):,}" for what in ("added", "removed", "different")))
                for kind, counts in log["types"].items()
            ],
            empty="no CDEvent would change",
        )
    for line in found["metrics"]:
        if "error" in line:
            err.print(f"{line['metric']} cannot answer: {line['error']}", markup=False)
    changed = [line for line in found["metrics"] if line["changed"]]
    print_table(
        ("metric", "service", "value", "would be", "n", "would be", "weeks that differ"),
        [
            (
                line["metric"],
                line["service"],
                _shown(line["value"]["before"]),
                _shown(line["value"]["after"]),
                f"{line['n']['before']:,}",
                f"{line['n']['after']:,}",
                line["weeks_that_differ"],
            )
            for line in changed
        ],
        empty="no metric would change",
    )
    if changed:
        err.print(f"value: of the 52 weeks from {found['from'][:10]}; n and weeks: of all time")
    err.print(
        f"nothing was swapped; streamgauge replay {name} swaps it in"
        if name != CDEVENTS
        else "nothing was swapped; streamgauge replay --from cloudevents swaps it in"
    )


def _shown(value: object) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
