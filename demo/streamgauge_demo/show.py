"""What the demo prints: the table of the metrics, and where to look next."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from streamgauge.cli.console import err, out, print_table
from streamgauge.cli.units import shown


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """Say what is waited for; on a terminal something moves until the block is done."""
    err.print(text, soft_wrap=True, markup=False)
    if err.is_terminal:
        with err.status("[dim]please wait[/]"):
            yield
    else:
        yield


def metrics_table(answers: Mapping[str, Mapping[str, Any]]) -> None:
    """One line per service, of the answers of the five metrics, each grouped by service."""
    of = {
        name: {group["service"]: group for group in answer["groups"]}
        for name, answer in answers.items()
    }
    deployed = of["deployment_frequency"]

    def value(metric: str, service: str) -> str:
        found: float | None = of[metric].get(service, {}).get("value")
        return shown(found, answers[metric]["unit"])

    print_table(
        ("service", "90 days", "days/week", "lead time", "fail rate", "recovery", "rework"),
        [
            (
                service,
                deployed[service]["n"],
                _often(deployed[service]),
                value("change_lead_time", service),
                value("change_fail_rate", service),
                value("failed_deployment_recovery_time", service),
                value("deployment_rework_rate", service),
            )
            for service in sorted(deployed, key=lambda name: -deployed[name]["n"])
        ],
        empty="there is no deployment yet",
    )
    out.print(f"\n[dim]{_LEGEND}[/]")


_LEGEND: Final = """\
90 days: how many deployments.  days/week: on how many days of the median week.
lead time: from a change's first commit until it was deployed, the median.
fail rate: of the deployments, how many needed intervention.  recovery: how long
until it was over, the median.  rework: how many were made because of a failure.
Empty: nothing to tell it from."""


def _often(answer: Mapping[str, Any]) -> str | None:
    if answer["value"] is None:
        return None
    return f"{answer['value']:g} {answer['band'] or ''}".strip()


def where_to_look(url: str, database_url: str) -> None:
    """Addresses to open, and how to go on."""
    metrics = f"{url}/v1/metrics"
    lines = (
        "",
        "[bold]The same numbers on a page, and where they come from[/]",
        f"  {url}",
        f"  {metrics}/deployment_frequency?group_by=service",
        f"  {metrics}/change_lead_time?service=northquay/shop&interval=month",
        f"  {metrics}/change_fail_rate?group_by=service&definition=gitlab",
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
