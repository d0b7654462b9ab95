"""Real payloads, which are not part of this project: each gives what a table says, offline."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from streamgauge.cdevents import kind_of, validate
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import Offline, unsigned
from streamgauge.routing.router import routing_table
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from streamgauge.sources.captured import HEADERS, read_delivery
from tests.shared import SHARED

PAYLOADS = SHARED / "payloads"

Expected = Mapping[str, tuple[str, ...]]
"""The start of a file's name, from the folder of payloads on, to the kinds that it gives; the
longest start that fits holds."""


def files_of(*folders: str) -> list[str]:
    """The bodies in these folders of the payloads, by their names from there on."""
    return sorted(
        str(file.relative_to(PAYLOADS))
        for folder in folders
        for file in (PAYLOADS / folder).glob("**/*")
        if file.is_file() and not file.name.endswith(HEADERS)
    )


def kinds_of(source: str, *files: str) -> tuple[str, ...]:
    """The kinds of the CDEvents that come of these deliveries, one after the other."""
    offline = Offline(*_service())
    made = [
        event
        for file in files
        for event in offline.cdevents(offline.receive(source, read_delivery(PAYLOADS / file)))
    ]
    for event in made:
        validate(event.document)
    return tuple(kind_of(event.type) for event in made)


def row_of(expected: Expected, file: str) -> str:
    """The start that holds for a file."""
    return max((start for start in expected if file.startswith(start)), key=len)


def unused(expected: Expected, files: list[str]) -> set[str]:
    """The rows of the table that no file needs."""
    return set(expected) - {row_of(expected, file) for file in files}


@cache
def _service() -> tuple[Plugins, RoutingTable]:
    found = Plugins(Settings.load({}))
    names = [plugin.name for plugin in found.plugins]
    plugins = Plugins(unsigned(found.settings, names))
    return plugins, routing_table(plugins, plugins.settings)
