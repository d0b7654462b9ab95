"""``digest``: what identifies a log, to compare it with another."""

from __future__ import annotations

import click

from streamgauge.archive import verifying
from streamgauge.cli.console import json_option, out, print_json, progress_bar, say
from streamgauge.postgres.migrate import require_current
from streamgauge.postgres.reach import reach
from streamgauge.settings import Settings


@click.command()
@json_option
def digest(as_json: bool) -> None:
    """Print how many events the log of CloudEvents has, and a digest of all that it holds.

    It is the same before and after a dump and its restore, and whether payloads are archived or
    not. Anything else in any event, or another order of them, gives another.
    """
    with reach(Settings.load(), role="digest", say=say) as database, progress_bar() as bar:
        with database.transaction() as cursor:
            require_current(cursor)
        task = bar.add_task("reading", total=None)
        found = verifying.digest(
            database, progress=lambda done, of: bar.update(task, completed=done, total=of)
        )
    if as_json:
        print_json(found._asdict())
        return
    out.print(f"{found.events:,} events up to position {found.position:,}")
    out.print(found.digest)
    if found.archived:  # beside what is compared
        say(f"the payloads of {found.archived:,} are archived")
