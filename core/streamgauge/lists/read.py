"""Reads a page of a list, and the position it is as of, from one snapshot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg

from streamgauge.errors import DatabaseUnavailable, ReplayRefused, UnknownName
from streamgauge.lists.listing import Page
from streamgauge.lists.query import ListQuery
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections.derived import Tier, tiers_of
from streamgauge.projections.derived_tables import tables_of
from streamgauge.projections.projection import Projection
from streamgauge.stages import builds
from streamgauge.streams.positions import Positions

_TRIES = 5


def read_page(database: Database, plugins: Plugins, name: str, query: ListQuery) -> dict[str, Any]:
    """`items`, `following` (a Place, or None at the end) and `as_of`, as a metric's answer has it.

    Raises UnknownName for a list that no plugin brings.
    """
    if name not in plugins.lists:
        raise UnknownName("list", name, plugins.lists)
    item, listing = plugins.lists[name]
    tiers: list[Tier] = (
        [item]
        if isinstance(item, Projection)
        else [*tiers_of(item, plugins.projections, plugins.derived)]
    )
    for _ in range(_TRIES):
        try:
            with database.snapshot() as cursor:
                line = builds.current_line(cursor, item.name)
                tables = tables_of(tiers, line)
                position = Positions(database.datastore).position(cursor, line[0].reader)
                page: Page = listing.page(cursor, tables, replace(query, as_of=position))
        except (psycopg.errors.UndefinedTable, ReplayRefused):
            # A replay has swapped another build in between two queries; ask the new one.
            continue
        return {
            "items": page.items,
            "following": page.following,
            "as_of": {"projection": tiers[-1].name, "position": position},
        }
    raise DatabaseUnavailable(f"the tables of {item.name} are being replaced; try again")
