"""A PostgreSQL for tests: one server for a run, a new database in a moment."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Composable, Identifier

from streamgauge.errors import EmbeddedPostgresError
from streamgauge.postgres.database import Database
from streamgauge.postgres.embedded import EmbeddedPostgres
from streamgauge.postgres.migrate import migrate

URL: Final = "STREAMGAUGE_TEST_DATABASE_URL"
_TEMPLATE: Final = "streamgauge_testing"
# Nothing in these databases outlives the run, so nothing need reach the disk.
_THROW_AWAY: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_numbers = count()


class Postgres:
    """A server with a migrated template, of which databases are made."""

    def __init__(self, admin: str, template: str) -> None:
        self._admin = admin
        self._template = template

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Postgres]:
        """The server that STREAMGAUGE_TEST_DATABASE_URL names, whose user must be allowed to make
        databases; without it, an embedded one that ends with the block.

        Raises EmbeddedPostgresError that says how to get one.
        """
        template = f"{_TEMPLATE}_{os.getpid()}"
        if url := os.environ.get(URL):
            with _template(url, template):
                yield cls(url, template)
            return
        with tempfile.TemporaryDirectory(prefix="sg-", dir="/tmp") as folder:
            Path(folder).chmod(0o755)  # as root, the server runs under another account
            try:
                server = EmbeddedPostgres.acquire(
                    Path(folder) / "pg", database="postgres", options=_THROW_AWAY
                )
            except EmbeddedPostgresError as error:
                raise EmbeddedPostgresError(
                    f"{error}; or set {URL} to a server where databases may be made"
                ) from None
            with server, _template(server.url, template):
                yield cls(server.url, template)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new, migrated database, which is dropped with the block."""
        name = f"{self._template}_{next(_numbers)}"
        with _made(self._admin, name, SQL("TEMPLATE {}").format(Identifier(self._template))):
            yield _url_of(self._admin, name)


@contextmanager
def _template(admin: str, name: str) -> Iterator[None]:
    with _made(admin, name, SQL("TEMPLATE template0")):
        with Database(_url_of(admin, name)) as database:
            migrate(database)
        yield


@contextmanager
def _made(admin: str, name: str, how: Composable) -> Iterator[None]:
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(SQL("CREATE DATABASE {} {}").format(Identifier(name), how))
        try:
            yield
        finally:
            conn.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _url_of(admin: str, name: str) -> str:
    return make_conninfo(admin, dbname=name)
