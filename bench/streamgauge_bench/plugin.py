"""The commands that this package adds to the command line."""

from __future__ import annotations

from collections.abc import Sequence

import click

from streamgauge import hookimpl
from streamgauge_bench.cli import bench
from streamgauge_bench.fuzz.cli import fuzz


@hookimpl
def commands() -> Sequence[click.Command]:
    """``bench`` and ``fuzz``."""
    return [bench, fuzz]
