"""``correct``: corrections on the command line."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from streamgauge.cli.console import out, say
from streamgauge.postgres.migrate import migrate
from streamgauge.postgres.reach import reach
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge_dora.correcting.correction import WHAT, Correction


@click.command()
@click.argument("what", type=click.Choice(WHAT))
@click.argument("id")
@click.argument("deployment")
@click.option("--not", "denied", is_flag=True, help="It is not linked to it.")
@click.option("--reason", help="Why.")
@click.option("--by", help="Who says so.")
def correct(
    what: str,
    id: str,  # noqa: A002
    deployment: str,
    denied: bool,
    reason: str | None,
    by: str | None,
) -> None:
    """Say that a change or an incident with this ID is linked to a DEPLOYMENT, or is not.

    A change is shipped by a deployment, an incident is due to it, and a fix is an incident that
    the deployment ends. An event is added to the log; of several, the latest counts.
    """
    correction = Correction(what, id, deployment, not denied, datetime.now(UTC), by, reason)
    event = correction.event()
    settings = Settings.load()
    with reach(settings, role="correct", say=say) as database:
        migrate(database)
        [appended] = CloudEventsLog(database).append([event])
    out.print(f"recorded at position {appended.position}")
