"""``migrate``, ``replay`` and ``status``."""

from __future__ import annotations

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
from streamgauge.errors import UnknownName
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import without_password
from streamgauge.postgres.migrate import migrate as run_migrations
from streamgauge.postgres.migrate import require_current
from streamgauge.postgres.reach import reach
from streamgauge.processors.status import conflicts, processors
from streamgauge.projections.replay import replay as run_replay
from streamgauge.settings import Settings


@click.command()
@json_option
def migrate(as_json: bool) -> None:
    """Bring the tables to this version. `serve` and `demo` do it on their own."""
    with reach(Settings.load(), role="migrate", say=say) as database:
        applied = run_migrations(database, say=say)
    if as_json:
        print_json({"applied": applied})
    else:
        out.print(f"{len(applied)} migrations applied" if applied else "the tables are current")


@click.command()
@click.argument("projection")
@json_option
def replay(projection: str, as_json: bool) -> None:
    """Build PROJECTION's tables anew from the whole log, and swap them in.

    Readers see the old tables until the new ones are complete. A replay that was interrupted goes
    on where it was.
    """
    settings = Settings.load()
    plugins = Plugins(settings)
    if projection not in plugins.projections:
        raise UnknownName("projection", projection, plugins.projections)
    with reach(settings, role="replay", say=say) as database:
        run_migrations(database)
        with progress_bar() as bar:
            task = bar.add_task(f"replaying {projection}", total=None)
            done = run_replay(
                database,
                plugins.projections[projection],
                progress=lambda position, head: bar.update(task, completed=position, total=head),
            )
    if as_json:
        print_json(
            {
                "projection": projection,
                "build": done.build,
                "previous": done.previous,
                "events": done.events,
            }
        )
        return
    before = "" if done.previous is None else f" in place of build {done.previous}"
    out.print(
        f"{projection}: {done.events:,} events replayed; build {done.build} is current{before}"
    )


@click.command()
@json_option
def status(as_json: bool) -> None:
    """Show how far the router and each projection are, and who runs them."""
    settings = Settings.load()
    plugins = Plugins(settings)
    with reach(settings, role="status", say=say) as database:
        with database.snapshot() as cursor:
            require_current(cursor)
            found = processors(cursor, database, plugins)
            refused = conflicts(cursor)
        url = without_password(database.url)
    if as_json:
        print_json(
            {"database": url, "processors": [p.as_json() for p in found], "conflicts": refused}
        )
        return
    print_table(
        ("processor", "position", "head", "lag", "build", "holder", "parked"),
        [
            (
                item.name,
                f"{item.position:,}",
                f"{item.head:,}",
                f"{item.lag:,}",
                item.build,
                item.holder or "nobody: is a worker running?",
                item.parked,
            )
            for item in found
        ],
        empty="there are no processors",
    )
    for item in found:
        if item.replay_due:
            err.print(
                f"{item.name}: build {item.build} is of version {item.version}, another is "
                f"installed; run: streamgauge replay {item.name}"
            )
    if refused:
        err.print(f"{refused:,} events kept out: same source and id, other content")
    err.print(f"database: {url}", soft_wrap=True, markup=False)
