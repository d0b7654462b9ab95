"""``doctor``: what is wrong, and what mends it."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import psycopg
from rich.text import Text

from streamgauge.cli.console import err, json_option, out, print_json, say
from streamgauge.doctor import Finding, examine, server
from streamgauge.errors import DatabaseUnavailable, EmbeddedPostgresError
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.postgres.reach import reach
from streamgauge.settings import Settings

EXIT_FINDINGS = 1
EXIT_NO_POSTGRES = 3


@click.command()
@json_option
@click.pass_obj
def doctor(plugins: Plugins, as_json: bool) -> None:
    """Look for what is wrong with this installation, and say what mends it. Nothing is changed.

    Exit codes: 0 nothing was found; 1 something was; 2 wrong usage or settings; 3 PostgreSQL
    cannot be reached, so that not all could be looked at.
    """
    settings = plugins.settings
    found = [*examine.without_postgres(settings, plugins)]
    missing = _ask_postgres(settings, plugins, found)
    if missing is not None:
        found.append(missing)
    if as_json:
        print_json({"findings": [each.as_json() for each in found]})
    else:
        _show(found)
    sys.exit(EXIT_NO_POSTGRES if missing else EXIT_FINDINGS if found else 0)


def _ask_postgres(settings: Settings, plugins: Plugins, found: list[Finding]) -> Finding | None:
    """Add what Postgres tells; or why it cannot be asked."""
    embedded = None if settings.database_url is not None else _folder(settings)
    if embedded is not None and not (embedded / "PG_VERSION").exists():
        return server.never_started(embedded)
    try:
        with reach(settings, role="doctor", say=say) as database:
            _ask(database, plugins, embedded, found)
    except (DatabaseUnavailable, EmbeddedPostgresError) as error:
        return server.unreachable(error)
    except psycopg.errors.InsufficientPrivilege as error:
        found.append(server.not_allowed(error))
    return None


def _ask(database: Database, plugins: Plugins, embedded: Path | None, found: list[Finding]) -> None:
    for finding in examine.with_postgres(database, plugins.settings, plugins, embedded):
        found.append(finding)  # noqa: PERF402 - those before an outage stay


def _folder(settings: Settings) -> Path:
    """PostgreSQL's own folder of the embedded server; it is not made."""
    # Imported here: who has a server needs none of this.
    from streamgauge.postgres.embedded.places import default_data_dir

    return (settings.data_dir or default_data_dir(settings.environ)) / "postgres"


def _show(found: list[Finding]) -> None:
    for each in found:
        lines = f"{each.check}: {each.what}\n  where: {each.where}\n  mend:  {each.mend}\n"
        out.print(Text(lines), soft_wrap=True)
    err.print(f"{len(found)} found" if found else "nothing is wrong")
