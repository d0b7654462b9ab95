"""``bench``: thirteen measures of speed and size, each beside its bound in the same run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from streamgauge.cli.console import json_option, out, print_json, print_table, say
from streamgauge.settings import Settings

if TYPE_CHECKING:
    from streamgauge_bench.measured import Measured

_DIGITS = {"events/s": 0, "s": 2, "ms": 1, "times": 2, "MB": 0}


@click.command()
@click.option(
    "--full", is_flag=True, help="10 million events: about 16 minutes, and 30 GB of disk."
)
@click.option("--quick", is_flag=True, help="100,000 events, 3 runs: about two minutes.")
@click.option("--divide", default=1, hidden=True, help="So many times fewer events.")
@json_option
def bench(full: bool, quick: bool, divide: int, as_json: bool) -> None:
    """Measure thirteen speeds and sizes, each beside its bound, in databases of its own.

    The bound is what Postgres, or the least program that does the same, reaches in the same run:
    absolute figures say more about the machine than about the program. Each figure is a median of
    5 runs. It takes a million events, about 12 minutes on two cores and 6 GB of disk, unless told
    otherwise. What misses its target is marked, and does not make the command fail.
    """
    if full and quick:
        raise click.UsageError("--full and --quick exclude each other")
    # Imported here: every command loads this module, and none needs the rest.
    from streamgauge_bench import reading, run, scale

    size = scale.FULL if full else scale.QUICK if quick else scale.DEFAULT
    found = run.measure(Settings.load(), size.divided(divide) if divide > 1 else size)
    if as_json:
        print_json(_as_json(found))
        return
    _print(found)
    say("reading CDEvents")
    readings = reading.measure()
    out.print()
    print_table(
        (f"a CDEvent of {reading.SIZE:,} bytes", "µs", f"of {readings[0].name}"),
        [
            (r.name, f"{r.microseconds:.1f}", f"{r.microseconds / readings[0].microseconds:.1f}")
            for r in readings
        ],
        empty="",
    )


def _as_json(found: Mapping[str, Measured]) -> dict[str, dict[str, Any]]:
    """Every measure, in its place."""
    from streamgauge_bench.targets import TARGETS

    fields = ("value", "unit", "bound", "ratio")
    return {name: {field: getattr(found[name], field) for field in fields} for name in TARGETS}


def _print(found: Mapping[str, Measured]) -> None:
    from streamgauge_bench.targets import TARGETS, missed

    rows, beside = [], []
    for name, target in TARGETS.items():
        measured = found[name]
        digits = _DIGITS[measured.unit]
        rows.append(
            (
                name,
                f"{measured.value:,.{digits}f}",
                measured.unit,
                f"{measured.bound:,.{digits}f}",
                f"{measured.ratio:.2f}",
                target.text,
                "missed" if missed(measured) else "",
            )
        )
        notes = "; ".join(note.text for note in measured.notes)
        beside.append((name, measured.bound_is, notes))
    columns = ("measure", "value", "unit", "bound", "ratio", "at least", "")
    print_table(columns, rows, empty="")
    out.print()
    print_table(("measure", "its bound", "also"), beside, empty="")
