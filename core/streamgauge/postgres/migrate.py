"""Numbered SQL migrations, applied in order and once, under an advisory lock."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import SchemaError
from streamgauge.postgres import roles, salvage
from streamgauge.postgres.database import Database

OLDEST_POSTGRES, NEWEST_POSTGRES = 15, 18
# The two-integer form of advisory locks keeps ours apart from anyone else's.
LOCK_CLASS = 0x5347  # "SG"
_MIGRATION_LOCK = 1

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of the migrations folder."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text: an applied migration must never be edited."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    """All migrations that this version knows, in order."""
    folder = files("streamgauge.postgres").joinpath("migrations")
    found = [
        Migration(int(match[1]), match[2], file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if (match := _NAME.fullmatch(file.name))
    ]
    return sorted(found, key=lambda migration: migration.number)


def migrate(database: Database, *, say: Callable[[str], None] = lambda line: None) -> list[str]:
    """Bring the tables to this version and return the names of what was applied.

    A log of CloudEvents without any other table of ours is taken over: what is made of it is made
    again. Several processes may call it at once; one does the work and the others wait for it.
    Under a role that may not, it only looks whether there is nothing to do.
    Raises SchemaError where there is, where the tables are newer than this version, where an
    applied migration was edited since, or where the server is not a PostgreSQL 15 to 18.
    """
    applied_now = []
    with database.transaction() as cursor:
        _check_server(cursor)
        if not roles.may_migrate(cursor):
            _check_it_is_done(cursor)
            return []
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", (LOCK_CLASS, _MIGRATION_LOCK))
        known = migrations()
        salvaging = salvage.set_aside(cursor, (migration.sql for migration in known))
        cursor.execute(
            "create table if not exists schema_migrations (number int primary key,"
            " name text not null, checksum text not null,"
            " applied_at timestamptz not null default now())"
        )
        applied = _applied(cursor)
        _check_history(known, applied)
        for migration in known[len(applied) :]:
            say(f"applying migration {migration.number:04d}_{migration.name}")
            cursor.execute(migration.sql.encode())
            cursor.execute(
                "insert into schema_migrations (number, name, checksum) values (%s, %s, %s)",
                (migration.number, migration.name, migration.checksum),
            )
            applied_now.append(f"{migration.number:04d}_{migration.name}")
        if salvaging:
            say("taking over the log of CloudEvents that is here; all else is made of it again")
            salvage.take_over(cursor)
        if applied_now:
            roles.grant_tables(cursor)
    return applied_now


def require_current(cursor: Cursor[TupleRow]) -> None:
    """Raise SchemaError unless the tables have all that this version needs.

    For commands that only look: they change no tables.
    """
    if not is_current(cursor):
        raise SchemaError(
            "the database has not the tables of this version yet; run: streamgauge migrate"
        )


def is_current(cursor: Cursor[TupleRow]) -> bool:
    """Whether the tables have all that this version needs.

    They may have more: while a new version is rolled out, its migrations are applied first and
    the processes of the old one go on.
    """
    cursor.execute("select to_regclass('schema_migrations') is not null")
    row = cursor.fetchone()
    if row is None or not row[0]:
        return False
    return len(_applied(cursor)) >= len(migrations())


def check(cursor: Cursor[TupleRow]) -> None:
    """Raise SchemaError where the tables are newer than this version, an applied migration was
    edited since, or the server is not a PostgreSQL 15 to 18."""
    _check_server(cursor)
    _check_history(migrations(), _applied(cursor))


def _check_it_is_done(cursor: Cursor[TupleRow]) -> None:
    """Raise SchemaError unless all migrations of this version are applied, and no others."""
    cursor.execute(
        "select to_regclass('schema_migrations') is not null"
        " and has_table_privilege(to_regclass('schema_migrations'), 'select')"
    )
    row = cursor.fetchone()
    applied = _applied(cursor) if row is not None and row[0] else []
    known = migrations()
    _check_history(known, applied)
    if len(applied) < len(known):
        raise SchemaError(
            "the database has not the tables of this version yet, and the role"
            f" {cursor.connection.info.user!r} may not make them; run as the role that owns them:"
            " streamgauge migrate"
        )


def _applied(cursor: Cursor[TupleRow]) -> list[tuple[int, str]]:
    cursor.execute("select number, checksum from schema_migrations order by number")
    return [(number, checksum) for number, checksum in cursor.fetchall()]


def _check_history(known: list[Migration], applied: list[tuple[int, str]]) -> None:
    if len(applied) > len(known):
        raise SchemaError(
            f"the database is at migration {applied[-1][0]}, this version knows {len(known)}: "
            "it was used by a newer Streamgauge; install that version or restore a backup"
        )
    for migration, (number, checksum) in zip(known, applied, strict=False):
        if (migration.number, migration.checksum) != (number, checksum):
            raise SchemaError(
                f"migration {number:04d} in the database is not the one that this version has: "
                "an applied migration must not be edited"
            )


def _check_server(cursor: Cursor[TupleRow]) -> None:
    version = cursor.connection.info.server_version // 10_000
    if not OLDEST_POSTGRES <= version <= NEWEST_POSTGRES:
        raise SchemaError(
            f"the server is PostgreSQL {version}; "
            f"Streamgauge needs {OLDEST_POSTGRES} to {NEWEST_POSTGRES}"
        )
