"""A database for the length of a benchmark, on the server that the settings select."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from streamgauge.cli.console import say
from streamgauge.postgres.database import Database
from streamgauge.postgres.migrate import migrate
from streamgauge.postgres.reach import database_url
from streamgauge.settings import Settings

_numbers = count(1)


@contextmanager
def scratch_database(settings: Settings) -> Iterator[Database]:
    """A new database with the current tables, dropped at the end."""
    with database_url(settings, say=say) as url, scratch_on(url) as database:
        yield database


@contextmanager
def scratch_on(url: str) -> Iterator[Database]:
    """The same, on the server that the URL leads to."""
    name = f"streamgauge_bench_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            parts = {k: str(v) for k, v in conninfo_to_dict(url).items() if v is not None}
            with Database(make_conninfo("", **{**parts, "dbname": name})) as database:
                migrate(database)
                yield database
        finally:
            admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
