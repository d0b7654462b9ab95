"""Many rows into a table at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

Column = tuple[str, str]
"""A column's name and its Postgres type."""


def copy_rows(
    cursor: Cursor[TupleRow],
    table: Identifier,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Add the rows by binary COPY, twice as fast as INSERT.

    It knows no ON CONFLICT: a row whose key the table has is a UniqueViolation. For rows that are
    keyed by their event there is none, since no event is applied to a build twice.
    """
    names = SQL(", ").join(Identifier(name) for name, _ in columns)
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(table, names)
    with cursor.copy(statement) as copy:
        copy.set_types([kind for _, kind in columns])
        for row in rows:
            copy.write_row(row)
