"""The roles of Postgres: the SQL that makes them, and what their owner grants as tables come."""

from __future__ import annotations

from importlib.resources import files

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

OWNER = "streamgauge_owner"
READER = "streamgauge_reader"


def roles_sql() -> str:
    """What makes the roles and says what they may, for psql."""
    return _text("roles.sql") + "\n" + _text("grants.sql")


def grant_tables(cursor: Cursor[TupleRow]) -> None:
    """Let the roles do what is theirs with the tables that there are now.

    Nothing is done for another user: the roles of a server may be those of another database.
    """
    if _is_owner(cursor):
        cursor.execute(_text("grants.sql").encode())


def grant_view(cursor: Cursor[TupleRow], view: Identifier) -> None:
    """Let the reader look at a public view that was just made; for another user, nothing."""
    if _is_owner(cursor):
        cursor.execute(SQL("grant select on {} to {}").format(view, Identifier(READER)))


def may_migrate(cursor: Cursor[TupleRow]) -> bool:
    """Whether this user may make the tables, and change those that there are."""
    cursor.execute(
        "select case when to_regclass('schema_migrations') is null"
        " then has_schema_privilege(current_schema(), 'create')"
        " else (select pg_has_role(relowner, 'usage') from pg_class"
        "       where oid = to_regclass('schema_migrations')) end"
    )
    row = cursor.fetchone()
    return row is not None and bool(row[0])


def _is_owner(cursor: Cursor[TupleRow]) -> bool:
    cursor.execute("select current_user")
    row = cursor.fetchone()
    return row is not None and row[0] == OWNER


def _text(name: str) -> str:
    return files("streamgauge.postgres").joinpath(name).read_text(encoding="utf-8")
