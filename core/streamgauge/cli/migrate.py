"""``migrate``."""

from __future__ import annotations

import click

from streamgauge.cli.console import json_option, out, print_json, say
from streamgauge.postgres.migrate import migrate as run_migrations
from streamgauge.postgres.reach import reach
from streamgauge.postgres.roles import roles_sql
from streamgauge.settings import Settings


@click.command()
@click.option(
    "--print-roles", is_flag=True, help="Only print SQL that makes roles for the parts, for psql."
)
@json_option
def migrate(print_roles: bool, as_json: bool) -> None:
    """Bring the tables to this version. `serve` and `demo` do it on their own, under a role that
    may."""
    if print_roles:
        click.echo(roles_sql(), nl=False)
        return
    with reach(Settings.load(), role="migrate", say=say) as database:
        applied = run_migrations(database, say=say)
    if as_json:
        print_json({"applied": applied})
    else:
        out.print(f"{len(applied)} migrations applied" if applied else "the tables are current")
