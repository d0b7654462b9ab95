"""Reads a page of a list, and the position it is as of, from one snapshot."""

from __future__ import annotations

from dataclasses import asdict, replace

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import UnknownName
from streamgauge.lists.listing import Page
from streamgauge.lists.query import ListQuery
from streamgauge.metrics.standing import (
    Document,
    Known,
    Told,
    consistently,
    standing,
    tag_of,
    unknown,
)
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections.derived import Tier, tiers_of
from streamgauge.projections.derived_tables import tables_of
from streamgauge.projections.projection import Projection


def read_page(database: Database, plugins: Plugins, name: str, query: ListQuery) -> Document:
    """`items`, `following` (a Place, or None at the end) and `as_of`, as a metric's answer has it.

    Raises UnknownName for a list that no plugin brings.
    """
    return read_page_unless(database, plugins, name, query).document or {}


def read_page_unless(
    database: Database,
    plugins: Plugins,
    name: str,
    query: ListQuery,
    known: Known = unknown,
) -> Told:
    """The same with its tag; where that is `known`, nothing is read."""
    if name not in plugins.lists:
        raise UnknownName("list", name, plugins.lists)
    item, listing = plugins.lists[name]
    tiers: list[Tier] = (
        [item]
        if isinstance(item, Projection)
        else [*tiers_of(item, plugins.projections, plugins.derived)]
    )

    def read(cursor: Cursor[TupleRow]) -> Told:
        seen = standing(cursor, item.name)
        tag = tag_of(plugins, seen, name, asdict(query))
        if known(tag):
            return Told(tag, None)
        position = seen.moments[0].position
        tables = tables_of(tiers, seen.line)
        page: Page = listing.page(cursor, tables, replace(query, as_of=position))
        return Told(
            tag,
            {
                "items": page.items,
                "following": page.following,
                "as_of": {"projection": tiers[-1].name, "position": position},
            },
        )

    return consistently(database, item.name, read)
