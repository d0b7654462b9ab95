"""Fills large tables as fast as Postgres can, and leaves them as if they had grown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from streamgauge.postgres.database import Database
from streamgauge.projections import copy_rows
from streamgauge.streams.cloudevents_log import TABLE, identity
from streamgauge.streams.positions import Positions
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge_bench.templates import CDEventRow, cloudevents

CDEVENTS = "cdevents_events__1"
CLOUDEVENTS_COLUMNS = (
    ("tenant", "text"),
    ("originator_id", "uuid"),
    ("originator_version", "int8"),
    ("topic", "text"),
    ("state", "bytea"),
)
CDEVENTS_COLUMNS = (
    *CLOUDEVENTS_COLUMNS,
    ("notification_id", "int8"),
    ("recorded_at", "timestamptz"),
    ("cause", "int8"),
    ("transformer", "text"),
)


def fill_cdevents(database: Database, rows: Iterable[CDEventRow]) -> None:
    """Make these the log of CDEvents."""
    fill(
        database,
        CDEVENTS,
        lambda cursor: copy_rows(cursor, Identifier(CDEVENTS), CDEVENTS_COLUMNS, rows),
    )


def fill_cloudevents(database: Database, count: int) -> None:
    """Put so many CloudEvents into the log, all of which the router has read."""
    columns = (*CLOUDEVENTS_COLUMNS, ("notification_id", "int8"))
    rows = (
        (DEFAULT_TENANT, identity(event.source, event.id), 1, event.type, event.state, position)
        for position, event in enumerate(islice(cloudevents(1), count), start=1)
    )
    fill(database, TABLE, lambda cursor: copy_rows(cursor, Identifier(TABLE), columns, rows))
    put_reader(database, "cdevents@1", count)


def put_reader(database: Database, reader: str, position: int) -> None:
    """Put a reader that has read nothing yet to this position."""
    with database.transaction() as cursor:
        Positions(database.datastore).jump(cursor, reader, upto=position)


def fill(database: Database, table: str, add: Callable[[Cursor[TupleRow]], object]) -> None:
    """Let `add` put rows into the table, and have it vacuumed and analysed as if long since."""
    with database.transaction() as cursor, _without_indexes(cursor, table):
        add(cursor)
    with database.connect() as conn:
        conn.execute(SQL("vacuum (analyze) {}").format(Identifier(table)))


def same_shape(cursor: Cursor[TupleRow], table: str, like: str, *, numbered: bool = False) -> None:
    """Make a table with the columns and indexes of another; `numbered` by a sequence."""
    name = Identifier(table)
    cursor.execute(SQL("create table {} (like {} including all)").format(name, Identifier(like)))
    if numbered:
        sequence = Identifier(f"{table}_position")
        cursor.execute(SQL("create sequence {} owned by {}.notification_id").format(sequence, name))
        cursor.execute(
            SQL("alter table {} alter notification_id set default nextval({})").format(
                name, f"{table}_position"
            )
        )


@contextmanager
def _without_indexes(cursor: Cursor[TupleRow], table: str) -> Iterator[None]:
    """Drop the table's indexes, and make them again: each in one go, and not row by row."""
    cursor.execute(
        "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conname,"
        " pg_get_constraintdef(c.oid) from pg_index i"
        " left join pg_constraint c on c.conindid = i.indexrelid and c.conrelid = i.indrelid"
        " where i.indrelid = %s::regclass order by 1",
        (table,),
    )
    found: Sequence[tuple[Any, ...]] = cursor.fetchall()
    name = Identifier(table)
    again: list[Composed | bytes] = []
    for index, definition, constraint, constraint_definition in found:
        if constraint is None:
            cursor.execute(SQL("drop index {}").format(SQL(index)))
            again.append(definition.encode())
        else:
            only = Identifier(constraint)
            cursor.execute(SQL("alter table {} drop constraint {}").format(name, only))
            again.append(
                SQL("alter table {} add constraint {} {}").format(
                    name, only, SQL(constraint_definition)
                )
            )
    yield
    for statement in again:
        cursor.execute(statement)
