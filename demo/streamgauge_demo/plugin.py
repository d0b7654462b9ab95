"""The commands that this package adds to the command line."""

from __future__ import annotations

from collections.abc import Sequence

import click

from streamgauge import hookimpl
from streamgauge_demo.cli import demo


@hookimpl
def commands() -> Sequence[click.Command]:
    """``demo``."""
    return [demo]
