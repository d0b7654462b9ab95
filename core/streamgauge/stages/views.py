"""Public views, which are moved from one build to the next."""

from __future__ import annotations

import psycopg
from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from streamgauge.postgres.connection import SCHEMA
from streamgauge.postgres.roles import grant_view


def show(cursor: Cursor[TupleRow], name: str, select: Composed) -> None:
    """Have the view `name` show the query.

    A view with the same columns is replaced in place, so that views of others which stand on it
    stay; one with other columns is dropped, which fails where others stand on it.
    """
    view = Identifier(SCHEMA, name)
    try:
        with cursor.connection.transaction():  # a savepoint
            cursor.execute(SQL("CREATE OR REPLACE VIEW {} AS ").format(view) + select)
    except psycopg.errors.InvalidTableDefinition:
        cursor.execute(SQL("DROP VIEW {}").format(view))
        cursor.execute(SQL("CREATE VIEW {} AS ").format(view) + select)
    grant_view(cursor, view)
