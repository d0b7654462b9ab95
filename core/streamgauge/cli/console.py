"""What commands print with: results to standard output, everything else to standard error."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from streamgauge import json_codec

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """A line about what goes on, to standard error, as it is: not wrapped, brackets and all."""
    err.print(line, markup=False, soft_wrap=True)


def plain(text: str) -> str:
    """A text of somebody else's, such as a service's name, without what a terminal would obey."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


class _Rate(ProgressColumn):
    """Things per second."""

    def render(self, task: Task) -> Text:
        """The rate of the last seconds, or of the whole when it is finished."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")


def progress_bar() -> Progress:
    """A bar with count, rate and time left, on standard error, gone silent without a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=err,
        disable=not err.is_terminal,
        transient=False,
    )


def print_json(document: object) -> None:
    """One line of JSON on standard output, for scripts."""
    sys.stdout.write(json_codec.encode(document).decode() + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """A table, or the sentence `empty` where there is no row."""
    if rows:
        out.print(table(columns, rows), soft_wrap=not out.is_terminal)
    else:
        err.print(empty)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A table to be printed."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(_cell(each) for each in row))
    return made


def _cell(cell: object) -> Text:
    return cell if isinstance(cell, Text) else Text("" if cell is None else str(cell))


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
