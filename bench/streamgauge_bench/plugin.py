"""The command that this package adds to the command line."""

from __future__ import annotations

from collections.abc import Sequence

import click

from streamgauge import hookimpl
from streamgauge_bench.cli import bench


@hookimpl
def commands() -> Sequence[click.Command]:
    """``bench``."""
    return [bench]
