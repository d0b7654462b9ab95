"""What the demo prints: the table of the metric, and where to look next."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from streamgauge.cli.console import err, out, print_table

_BARS = "▁▂▃▄▅▆▇█"
_ASCII_BARS = ".:-=+*#@"


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """Say what is waited for; on a terminal something moves until the block is done."""
    err.print(text, soft_wrap=True, markup=False)
    if err.is_terminal:
        with err.status("[dim]please wait[/]"):
            yield
    else:
        yield


def metric_table(recent: Mapping[str, Any], weekly: Mapping[str, Any], weeks: int) -> None:
    """One line per service, of two answers of deployment_frequency grouped by service.

    `recent` is over the last 90 days, `weekly` over all the weeks that were played.
    """
    volumes = {
        group["service"]: [b["volume"] for b in group["buckets"] if b["whole"]]
        for group in weekly["groups"]
    }
    answers = {group["service"]: group for group in recent["groups"]}
    names = sorted(volumes, key=lambda name: -answers.get(name, {"n": 0})["n"])
    print_table(
        ("service", "in 90 days", "days/week", "band", f"{weeks} weeks"),
        [
            (
                name,
                answers[name]["n"] if name in answers else 0,
                _number(answers.get(name, {}).get("value")),
                answers.get(name, {}).get("band"),
                sparkline(volumes[name], unicode=out.encoding.lower().startswith("utf")),
            )
            for name in names
        ],
        empty="there is no deployment yet",
    )
    out.print(
        "\n[dim]days/week: on how many days of the median week of these 90 days it was deployed.\n"
        f"{weeks} weeks: how many deployments each week had, next to its busiest.[/]"
    )


def sparkline(volumes: Sequence[int], *, unicode: bool = True) -> str:
    """One character per week, as high as the week's share of the highest; a blank for none."""
    bars, most = _BARS if unicode else _ASCII_BARS, max(volumes, default=0)
    return "".join(bars[(volume * len(bars) - 1) // most] if volume else " " for volume in volumes)


def where_to_look(url: str, database_url: str) -> None:
    """Addresses to open, and how to go on."""
    metric = f"{url}/v1/metrics/deployment_frequency"
    lines = (
        "",
        "[bold]The same numbers, and where they come from[/]",
        f"  {metric}?environment=production&group_by=service",
        f"  {metric}?environment=production&service=northquay/shop&interval=day",
        f"  {url}/deploy-frequency/day",
        f"  {url}/v1/events/cloudevents?order=desc&limit=5",
        f"  {url}/v1/events/cdevents?order=desc&limit=5",
        f"  {url}/v1/projections",
        "",
        "[bold]The database, while the demo runs[/]",
        f"  psql '{database_url}'",
        f"  DATABASE_URL='{database_url}' {command()} status",
        "",
        "[bold]Next[/]",
        "  docs/tutorial.md follows one event through all of this.",
        "",
    )
    for line in lines:
        out.print(line, soft_wrap=True)


def command() -> str:
    """How to call `streamgauge` in the way in which this process was called."""
    if Path(sys.argv[0]).name == "streamgauge":
        return sys.argv[0]
    return f"{sys.executable} -m streamgauge"


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"
