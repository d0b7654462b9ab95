"""One PostgreSQL for the whole run, one database for each test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.postgres.embedded import EmbeddedPostgres
from streamgauge.postgres.migrate import migrate
from streamgauge.settings import Settings
from tests.fresh import Fresh
from tests.service import Service

ROOT = Path(__file__).parent.parent
SHELVES = ("core", "plugins", "projections", "http", "demo", "bench")
TEMPLATE = "streamgauge_template"

# A deadline would be a timed assertion, and the machines are shared.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Nothing in these databases outlives the run, so nothing need reach the disk.
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}
MEMORY = Path("/dev/shm")  # a file in it is made in no time: a database has 350
ROOM = 4 << 30
_numbers = count()


def pytest_sessionstart(session: pytest.Session) -> None:
    # http/__init__.py, say, would hide the standard library's http from everything run here.
    loose = [str(path) for shelf in SHELVES for path in (ROOT / shelf).glob("*.py")]
    if loose:
        pytest.exit(f"a shelf holds packages, not modules: {', '.join(loose)}", returncode=1)
    # Tests say themselves which database and which settings they use.
    for name in list(os.environ):
        if name.startswith("STREAMGAUGE_") and name not in ("STREAMGAUGE_SHARED",):
            del os.environ[name]
    for name in ("DATABASE_URL", "POSTGRESQL_HOST", "POSTGRESQL_PASS", "CE_ROUTES"):
        os.environ.pop(name, None)


@contextmanager
def _open_folder(where: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sg-", dir=where) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A short temporary folder that the account of the embedded server can reach, root or not."""
    with _open_folder("/tmp") as folder:
        yield folder


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The URL of the run's server, whose database is the migrated template.

    It is in memory where there is room: to make a database takes a tenth of the time there.
    """
    in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    with (
        _open_folder(str(MEMORY) if in_memory else "/tmp") as folder,
        EmbeddedPostgres.acquire(
            folder / "postgres", database=TEMPLATE, options=THROW_AWAY
        ) as postgres,
    ):
        with Database(postgres.url) as database:
            migrate(database)
        yield postgres.url


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """The URL of a new, migrated database."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = make_conninfo(**{**conninfo_to_dict(server_url), "dbname": "postgres"})
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(
            SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                Identifier(name), Identifier(TEMPLATE)
            )
        )
        try:
            yield make_conninfo(**{**conninfo_to_dict(server_url), "dbname": name})
        finally:
            conn.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def database_url(server_url: str) -> Iterator[str]:
    """The URL of a migrated database of the test's own."""
    with fresh_database(server_url) as url:
        yield url


@pytest.fixture(scope="module")
def service(server_url: str) -> Iterator[Service]:
    """The whole service, `streamgauge serve`, on a database of the test module's own."""
    with fresh_database(server_url) as url, Service.running(url) as service:
        yield service


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    """A fresh virtual environment with the base install; one for the whole run, whichever of its
    processes need it."""
    base = tmp_path_factory.getbasetemp()
    # Each process of the run has a folder in the run's own.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with Fresh.of_the_run(shared) as fresh:
        yield fresh


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database of the test's own."""
    with Database(database_url, role="test", pool_size=12) as database:
        yield database


@pytest.fixture(scope="session")
def plugins() -> Plugins:
    """The plugins as installed, without any setting."""
    return Plugins(Settings.load({}))
