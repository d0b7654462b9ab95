"""``transform``: what CDEvents come of a payload, offline."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import click

from streamgauge.cli.console import err, say
from streamgauge.errors import InvalidInput
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import NATIVE, Offline, unsigned
from streamgauge.routing.router import routing_table
from streamgauge.settings import Settings
from streamgauge.sources.captured import HEADERS, read_delivery


@click.command()
@click.option(
    "--source",
    required=True,
    help="The receiver that the files are sent to, the last part of /webhooks/NAME, with the "
    f"parameters of the address if it has any (generic?name=shipit); or {NATIVE}, for CloudEvents "
    "as they are.",
)
@click.option(
    "--headers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON file with the HTTP headers. Without it, X.headers.json beside X.json, if there "
    "is one; else the Content-Type is application/json.",
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True),
)
def transform(source: str, headers: Path | None, files: tuple[Path, ...]) -> None:
    """Print the CDEvents that come of FILES, one JSON object per line.

    Each file is the body of one delivery, in the order in which they were sent: sources that
    remember, as of a rollout, need all of them. Nothing is recorded, no database is needed, and
    signatures are not checked. Your settings and your routing table hold.

    The exit code is 1 if a delivery would be refused, or an event parked.
    """
    settings = Settings.load()
    plugins = Plugins(settings)
    table = routing_table(plugins, settings)
    names = [plugin.name for plugin in plugins.plugins]
    offline = Offline(Plugins(unsigned(settings, names)), table)
    name, _, parameters = source.partition("?")
    query = dict(parse_qsl(parameters))
    failed = False
    for file in files:
        if file.name.endswith(HEADERS):
            continue  # named by a pattern such as *.json
        try:
            delivery = read_delivery(file, headers)
            events = offline.receive(name, replace(delivery, query=query))
        except InvalidInput as error:
            say(f"{file}: refused: {error}")
            failed = True
            continue
        outcome = offline.run(events)
        for derived in outcome.derived:
            sys.stdout.write(derived.state.decode() + "\n")
        for failure in outcome.failures:
            say(f"{file}: {failure.event_type}, transformer {failure.handler}: {failure.reason}")
            failed = True
    sys.stdout.flush()
    if failed:
        err.print("not everything became CDEvents", markup=False)
        sys.exit(1)
