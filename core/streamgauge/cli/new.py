"""``new plugin``: a package to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from streamgauge.cli.console import out, say
from streamgauge.scaffold import NameRefused, write_plugin


@click.group()
def new() -> None:
    """Write something to begin with."""


@new.command()
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The folder to write streamgauge-NAME into; the working directory if nothing is said.",
)
def plugin(name: str, into: Path) -> None:
    """Write a plugin for the tool NAME: a package that installs, tests and publishes as it stands.

    It has a receiver, a transformer, captured input with golden output, tests by the kit, and CI.
    """
    try:
        written = write_plugin(name, into)
    except NameRefused as error:
        raise click.BadParameter(str(error), param_hint="NAME") from None
    for file in written:
        out.print(str(file), markup=False, soft_wrap=True)
    say(
        f"\nNext:\n  cd {into / f'streamgauge-{name}'}\n"
        "  python -m venv .venv && . .venv/bin/activate\n"
        "  pip install -e '.[test]' && pytest\n"
        "  streamgauge plugins"
    )
