"""What the statements of all lists have in common: their range, their order and their length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composable, Composed

from streamgauge.lists import ListQuery, Page, Place
from streamgauge.projections import Tables
from streamgauge_dora.facts.reading import repository

ORDER: Final = SQL('order by {at} desc, {id} collate "C" desc limit %(limit)s')


def values(query: ListQuery) -> dict[str, Any]:
    """What the statements refer to. One more than a page is read, to know whether there is more."""
    found: dict[str, Any] = {
        "tenant": query.tenant,
        "start": query.start,
        "end": query.end,
        "as_of": query.as_of,
        "limit": query.limit + 1,
        **dict(query.filters),
    }
    if query.after is not None:
        found |= {"after_at": query.after.at, "after_id": query.after.id}
    if "repository" in found:
        found["repository"] = [repository(each) for each in found["repository"]]
    return found


def beyond(query: ListQuery, at: str, id_: str) -> Composed:
    """The conditions, each after an ``and``, of the range and of what comes after the last page."""
    parts = [
        (query.start, "{at} >= %(start)s"),
        (query.end, "{at} < %(end)s"),
        # The first one by itself, since the index has no ids.
        (query.after, "{at} <= %(after_at)s"),
        (query.after, '({at}, {id} collate "C") < (%(after_at)s, %(after_id)s)'),
    ]
    wanted = [part for given, part in parts if given is not None]
    return _all(wanted, at=SQL(at), id=SQL(id_))


def filtered(query: ListQuery, tables: Tables, conditions: Mapping[str, str]) -> Composed:
    """The conditions, each after an ``and``, of the filters that are given."""
    wanted = [text for name, text in conditions.items() if name in query.filters]
    return _all(wanted, **tables)


def ordered(at: str, id_: str) -> Composed:
    """The newest first, and no more of them than are wanted."""
    return ORDER.format(at=SQL(at), id=SQL(id_))


def page(query: ListQuery, places: Sequence[Place], items: Sequence[Mapping[str, Any]]) -> Page:
    """The items, and where it goes on if more places than a page has were found."""
    more = len(places) > query.limit
    return Page(items, places[query.limit - 1] if more else None)


def of_each(
    cursor: Cursor[TupleRow], statement: Composed, values: Mapping[str, Any], names: Sequence[str]
) -> Mapping[Any, list[dict[str, Any]]]:
    """The rows by their first column, the others by their names."""
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for key, *rest in cursor.execute(statement, values, prepare=False).fetchall():
        found[key].append(dict(zip(names, rest, strict=True)))
    return found


def _all(conditions: Iterable[str], **parts: Composable) -> Composed:
    return Composed([SQL(" and " + each).format(**parts) for each in conditions])
