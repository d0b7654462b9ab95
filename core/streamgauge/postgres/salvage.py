"""The log of CloudEvents, taken over where it is all that is left of an installation.

Everything else is made of it again: who keeps a copy of this one table has kept everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from streamgauge.errors import SchemaError

LOG = "cloudevents_events"
_ASIDE = "streamgauge_salvage"
_MADE = re.compile(r"^create (table|view|function) (\w+)", re.MULTILINE)
_COLUMNS = SQL(
    "tenant, originator_id, originator_version, topic, state, notification_id, recorded_at"
)


def set_aside(cursor: Cursor[TupleRow], migrations: Iterable[str]) -> bool:
    """Move a log out of the way of the migrations, if it is there without them; whether it was.

    Raises SchemaError where it is not alone: other tables of ours may hold what is nowhere else.
    """
    # Not by to_regclass: it may answer from a cache of before this process waited for the lock.
    cursor.execute(
        "select relname from pg_class where relname in (%s, 'schema_migrations') and relkind = 'r'"
        " and relnamespace = current_schema()::regnamespace",
        (LOG,),
    )
    if [name for (name,) in cursor.fetchall()] != [LOG]:
        return False
    made = [match for sql in migrations for match in _MADE.findall(sql)]
    others = [name for kind, name in made if kind == "table" and name != LOG]
    cursor.execute(
        "select relname from pg_class where relname = any(%s) and relkind = 'r'"
        " and relnamespace = current_schema()::regnamespace",
        (others,),
    )
    if found := [name for (name,) in cursor.fetchall()]:
        raise SchemaError(
            f"the tables {', '.join(sorted(found))} are there and schema_migrations is not; "
            f"restore it, or drop every table but {LOG}, of which all others are made again"
        )
    for kind, name in made:
        if kind != "table":
            cursor.execute(SQL("DROP {} IF EXISTS {} CASCADE").format(SQL(kind), Identifier(name)))
    cursor.execute(SQL("CREATE SCHEMA {}").format(Identifier(_ASIDE)))
    cursor.execute(SQL("ALTER TABLE {} SET SCHEMA {}").format(Identifier(LOG), Identifier(_ASIDE)))
    return True


def take_over(cursor: Cursor[TupleRow]) -> int:
    """Copy the log that was set aside into the table of this version; how many events it has."""
    cursor.execute(
        "SELECT FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
        " AND column_name = 'archived'",
        (_ASIDE, LOG),
    )
    columns = SQL("{}, archived").format(_COLUMNS) if cursor.rowcount else _COLUMNS
    cursor.execute(
        SQL(
            "INSERT INTO {log} ({columns}) SELECT {columns} FROM {aside} ORDER BY notification_id"
        ).format(log=Identifier(LOG), columns=columns, aside=Identifier(_ASIDE, LOG))
    )
    events = cursor.rowcount
    cursor.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(_ASIDE)))
    return events
