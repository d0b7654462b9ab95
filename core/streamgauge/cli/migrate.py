"""``migrate``."""

from __future__ import annotations

import click

from streamgauge.cli.console import json_option, out, print_json, say
from streamgauge.postgres.migrate import migrate as run_migrations
from streamgauge.postgres.reach import reach
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
