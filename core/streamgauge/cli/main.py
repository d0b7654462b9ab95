"""``streamgauge``: the group of all commands, and how every error leaves the process."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import click
from psycopg.errors import InsufficientPrivilege

from streamgauge import __version__, logs
from streamgauge.cli.console import err, plain
from streamgauge.errors import (
    DatabaseUnavailable,
    InvalidQuery,
    InvalidTransformer,
    ProblemAnswer,
    RoutesError,
    ServiceUnreachable,
    SettingsError,
    StreamgaugeError,
    UnknownName,
)
from streamgauge.plugins import Plugins
from streamgauge.settings import Settings

logger = logging.getLogger(__name__)

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNAVAILABLE = 3
# What a service answers: wrong usage or a wrong token, and what passes.
_EXIT_OF = {400: 2, 401: 2, 403: 2, 404: 2, 414: 2, 502: 3, 503: 3, 504: 3}
_USAGE = (SettingsError, RoutesError, InvalidTransformer, UnknownName, InvalidQuery)


class Commands(click.Group):
    """The commands of the core and those that plugins bring, in the order of the alphabet."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error raised on purpose is one line, not a traceback."""
        try:
            return super().invoke(ctx)
        except StreamgaugeError as error:
            _complain(error)
            ctx.exit(_exit_code(error))
        except InsufficientPrivilege as error:
            _complain(f"the database's role may not do that: {str(error).splitlines()[0]}")
            ctx.exit(EXIT_FAILED)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 failed, or done in part; 2 wrong usage or settings; "
    "3 PostgreSQL, or the service that is asked, cannot be reached.",
)
@click.version_option(__version__, "--version", prog_name="streamgauge")
def streamgauge() -> None:
    """Measure software delivery: CloudEvents in, DORA metrics out, every number replayable.

    Settings are environment variables STREAMGAUGE_* or a file streamgauge.toml. DATABASE_URL
    selects a PostgreSQL; without it an embedded one is used.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; never returns."""
    logs.configure("text")  # until the settings say otherwise
    group = _with_commands()
    group(args=arguments, prog_name="streamgauge")


def _with_commands() -> click.Group:
    from streamgauge.cli import (
        archive,
        dead_letters,
        digest,
        doctor,
        explain,
        export,
        import_,
        ingest,
        inspect,
        lineage,
        migrate,
        new,
        query,
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
        doctor.doctor,
        ingest.ingest,
        import_.import_,
        export.export,
        archive.archive,
        digest.digest,
        inspect.plugins,
        routes.routes,
        dead_letters.dead_letters,
        lineage.lineage,
        explain.explain,
        query.query,
        transform.transform,
        transformers.transformers,
        token.token,
        new.new,
    ):
        streamgauge.add_command(command)
    try:
        settings = Settings.load()
    except SettingsError as error:
        _complain(error)
        sys.exit(EXIT_USAGE)
    logs.configure(settings.log_format)
    loaded = Plugins(settings)
    for name, command in loaded.commands(taken=streamgauge.commands).items():
        streamgauge.add_command(command, name)
    for name, command in loaded.importers().items():
        import_.import_.add_command(command, name)
    streamgauge.context_settings["obj"] = loaded
    return streamgauge


def _exit_code(error: StreamgaugeError) -> int:
    if isinstance(error, DatabaseUnavailable | ServiceUnreachable):
        return EXIT_UNAVAILABLE
    if isinstance(error, ProblemAnswer):
        return _EXIT_OF.get(error.status, EXIT_FAILED)
    return EXIT_USAGE if isinstance(error, _USAGE) else EXIT_FAILED


def _complain(error: StreamgaugeError | str) -> None:
    from rich.markup import escape

    if logs.as_lines():
        logger.error("%s", error)
    else:
        said = escape("\n".join(plain(line) for line in str(error).split("\n")))
        err.print(f"[bold red]streamgauge:[/] {said}", soft_wrap=True)
