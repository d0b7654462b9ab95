"""``plugins``: what is loaded."""

from __future__ import annotations

import sys

import click

from streamgauge.cli.console import json_option, print_json, print_table
from streamgauge.plugins import Plugins
from streamgauge.settings import Settings


@click.command()
@json_option
def plugins(as_json: bool) -> None:
    """List the plugins, what each brings, and what went wrong with those that failed.

    The exit code is 1 if one failed.
    """
    loaded = Plugins(Settings.load())
    loaded.routes()
    found = loaded.plugins
    if as_json:
        print_json(
            {
                "items": [
                    {
                        "name": p.name,
                        "distribution": p.distribution,
                        "version": p.version,
                        "error": p.error,
                        "brings": p.brings,
                    }
                    for p in found
                ]
            }
        )
    else:
        print_table(
            ("plugin", "from", "brings"),
            [
                (
                    p.name,
                    f"{p.distribution} {p.version}",
                    f"FAILED: {p.error}"
                    if p.error
                    else "; ".join(
                        f"{hook}: {', '.join(names)}"
                        for hook, names in p.brings.items()
                        if hook != "routes"
                    ),
                )
                for p in found
            ],
            empty="there are no plugins",
        )
    if any(p.error for p in found):
        sys.exit(1)
