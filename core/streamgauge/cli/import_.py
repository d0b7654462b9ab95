"""``import``: the history of a tool, by the importers that plugins bring."""

from __future__ import annotations

import click


@click.group("import")
def import_() -> None:
    """Read what happened before today from a tool's API, as the events it would have sent.

    Running it again adds what is new. It works while the service runs, and before.
    """
