"""``status``: how far everything is."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click
from rich.console import Group
from rich.live import Live
from rich.text import Text

from streamgauge.cli.console import err, json_option, out, print_json, say, table
from streamgauge.plugins import Plugins
from streamgauge.postgres.connection import without_password
from streamgauge.postgres.database import Database
from streamgauge.postgres.migrate import require_current
from streamgauge.postgres.reach import reach
from streamgauge.replay.chain import CDEVENTS, Stages
from streamgauge.replay.status import StageStatus, conflicts
from streamgauge.replay.status import status as read_status
from streamgauge.settings import Settings

_COLUMNS = ("stage", "position", "lag", "behind", "rate", "build", "made by", "holder", "parked")


@click.command()
@click.option("--watch", is_flag=True, help="Show it again each second, until Ctrl-C.")
@json_option
def status(watch: bool, as_json: bool) -> None:
    """Show how far and how fast the router, each projection, derived facts and each metric are,
    who runs them, and what waits for somebody.

    With --watch and --json, a line of JSON each second.
    """
    settings = Settings.load()
    plugins = Plugins(settings)
    with reach(settings, role="status", say=say) as database:
        stages = Stages(database, plugins)
        if as_json:
            _print_json(database, stages, watch)
        elif watch:
            _watch(database, stages)
        else:
            out.print(_shown(*_read(database, stages)), soft_wrap=not out.is_terminal)
            err.print(f"database: {without_password(database.url)}", soft_wrap=True, markup=False)


def _read(database: Database, stages: Stages) -> tuple[list[StageStatus], int]:
    with database.snapshot() as cursor:
        require_current(cursor)
        return read_status(cursor, stages), conflicts(cursor)


def _print_json(database: Database, stages: Stages, watch: bool) -> None:
    while True:
        found, refused = _read(database, stages)
        print_json(
            {
                "database": without_password(database.url),
                "stages": [item.as_json() for item in found],
                "conflicts": refused,
            }
        )
        if not watch:
            return
        time.sleep(1)


def _watch(database: Database, stages: Stages) -> None:
    if not out.is_terminal:  # a file, or who reads along: one after the other
        while True:
            out.print(_shown(*_read(database, stages)), soft_wrap=True)
            time.sleep(1)
    with Live(console=out, auto_refresh=False) as live:
        while True:
            live.update(_shown(*_read(database, stages)), refresh=True)
            time.sleep(1)


def _shown(found: Sequence[StageStatus], refused: int) -> Group:
    rows = [
        (
            item.name,
            f"{item.position:,}",
            f"{item.lag:,}",
            _seconds(item.lag_seconds),
            f"{item.rate:,.0f}/s",
            item.build,
            _made_by(item),
            item.holder or "nobody: is a worker running?",
            item.parked,
        )
        for item in found
    ]
    notes = [note for item in found for note in _notes(item)]
    if refused:
        notes.append(f"{refused:,} events kept out: same source and id, other content")
    return Group(table(_COLUMNS, rows), *map(Text, notes))


def _made_by(item: StageStatus) -> str:
    if item.version is None:
        return ""
    return item.definition or f"version {item.version}"


def _notes(item: StageStatus) -> list[str]:
    what = "--from cloudevents" if item.name == CDEVENTS else item.name
    notes = []
    if item.replay_due:
        advice = "" if item.definition_error else f"; to make it anew: streamgauge replay {what}"
        notes.append(f"{item.name}: {item.replay_due}{advice}")
    if item.definition_error:
        notes.append(f"{item.name} stays as it is: {item.definition_error}")
    if item.blocked:
        notes.append(f"{item.name} has stopped: {item.blocked}; see: streamgauge dead-letters")
    replay = item.replay
    if replay and replay["state"] in ("queued", "running", "interrupted"):
        done = (
            f", {replay['step']} {replay['position']:,} of {replay['head']:,}"
            if replay["step"]
            else ""
        )
        notes.append(f"{item.name}: {replay['action']} {replay['state']}{done}")
    if replay and replay["state"] == "failed":
        notes.append(f"{item.name}: the last {replay['action']} failed: {replay['error']}")
    return notes


def _seconds(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7200 else f"{seconds / 3600:,.0f} h"
