"""``plugins``: what is loaded."""

from __future__ import annotations

import sys

import click

from streamgauge.cli.console import json_option, print_json, print_table
from streamgauge.plugins import Plugin, Plugins


@click.command()
@json_option
@click.pass_obj
def plugins(loaded: Plugins, as_json: bool) -> None:
    """List the plugins, what each brings, and what went wrong with those that failed.

    The exit code is 1 if one failed.
    """
    found = loaded.plugins
    if as_json:
        print_json({"items": [plugin.as_json() for plugin in found]})
    else:
        print_table(
            ("plugin", "from", "brings"),
            [
                (
                    p.name,
                    f"{p.distribution} {p.version}",
                    _in_words(p),
                )
                for p in found
            ],
            empty="there are no plugins",
        )
    if any(p.error for p in found):
        sys.exit(1)


def _in_words(plugin: Plugin) -> str:
    """What the plugin brings, or why it does not, and what it should not use any more."""
    brings = [
        f"{hook}: {', '.join(names)}" for hook, names in plugin.brings.items() if hook != "routes"
    ]
    warned = [f"DEPRECATED: {warning}" for warning in plugin.warnings]
    return "; ".join([f"FAILED: {plugin.error}"] if plugin.error else brings + warned)
