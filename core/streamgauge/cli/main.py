"""``streamgauge``: the group of all commands, and how every error leaves the process."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import click
from psycopg.errors import InsufficientPrivilege
from rich.markup import escape

from streamgauge import __version__
from streamgauge.cli.console import err
from streamgauge.errors import (
    DatabaseUnavailable,
    InvalidQuery,
    InvalidTransformer,
    RoutesError,
    SettingsError,
    StreamgaugeError,
    UnknownName,
)
from streamgauge.plugins import Plugins
from streamgauge.settings import Settings

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNAVAILABLE = 3
_USAGE = (SettingsError, RoutesError, InvalidTransformer, UnknownName, InvalidQuery)


class Commands(click.Group):
    """The commands of the core and those that plugins bring, in the order of the alphabet."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error raised on purpose is one line, not a traceback."""
        try:
            return super().invoke(ctx)
        except StreamgaugeError as error:
            err.print(f"[bold red]streamgauge:[/] {_escaped(error)}", soft_wrap=True)
            ctx.exit(_exit_code(error))
        except InsufficientPrivilege as error:
            said = str(error).splitlines()[0]
            err.print(
                f"[bold red]streamgauge:[/] the database's role may not do that: {escape(said)}",
                soft_wrap=True,
            )
            ctx.exit(EXIT_FAILED)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 failed, or done in part; 2 wrong usage or settings; "
    "3 PostgreSQL cannot be reached.",
)
@click.version_option(__version__, "--version", prog_name="streamgauge")
def streamgauge() -> None:
    """Measure software delivery: CloudEvents in, DORA metrics out, every number replayable.

    Settings are environment variables STREAMGAUGE_* or a file streamgauge.toml. DATABASE_URL
    selects a PostgreSQL; without it an embedded one is used.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; never returns."""
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    group = _with_commands()
    group(args=arguments, prog_name="streamgauge")


def _with_commands() -> click.Group:
    from streamgauge.cli import (
        archive,
        dead_letters,
        digest,
        explain,
        export,
        ingest,
        inspect,
        lineage,
        migrate,
        new,
        replay,
        routes,
        status,
        token,
        transform,
        transformers,
    )

    for command in (
        migrate.migrate,
        replay.replay,
        status.status,
        ingest.ingest,
        export.export,
        archive.archive,
        digest.digest,
        inspect.plugins,
        routes.routes,
        dead_letters.dead_letters,
        lineage.lineage,
        explain.explain,
        transform.transform,
        transformers.transformers,
        token.token,
        new.new,
    ):
        streamgauge.add_command(command)
    try:
        settings = Settings.load()
    except SettingsError as error:
        err.print(f"[bold red]streamgauge:[/] {_escaped(error)}", soft_wrap=True)
        sys.exit(EXIT_USAGE)
    loaded = Plugins(settings)
    for name, command in loaded.commands(taken=streamgauge.commands).items():
        streamgauge.add_command(command, name)
    streamgauge.context_settings["obj"] = loaded
    return streamgauge


def _exit_code(error: StreamgaugeError) -> int:
    if isinstance(error, DatabaseUnavailable):
        return EXIT_UNAVAILABLE
    return EXIT_USAGE if isinstance(error, _USAGE) else EXIT_FAILED


def _escaped(error: BaseException) -> str:
    return escape(str(error))
