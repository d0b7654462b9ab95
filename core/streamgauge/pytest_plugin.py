"""The pytest plugin that comes with Streamgauge: the option ``--golden``, and fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from streamgauge.testing.golden import Mode, compare

if TYPE_CHECKING:
    from streamgauge.testing.app import App
    from streamgauge.testing.postgres import Postgres


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--golden``."""
    parser.getgroup("streamgauge").addoption(
        "--golden",
        choices=[mode.value for mode in Mode],
        default=Mode.CHECK.value,
        help="compare with golden files (check), show every difference (review), or write them "
        "anew (update)",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, Any], None]:
    """Compares something JSON-like with a golden file, as ``--golden`` says."""
    mode = Mode(request.config.getoption("--golden"))
    return lambda file, made: compare(file, made, mode)


@pytest.fixture(scope="session")
def streamgauge_postgres() -> Iterator[Postgres]:
    """A PostgreSQL for the run: STREAMGAUGE_TEST_DATABASE_URL, else an embedded one."""
    from streamgauge.testing.postgres import Postgres

    with Postgres.running() as postgres:
        yield postgres


@pytest.fixture
def streamgauge_app(streamgauge_postgres: Postgres) -> Iterator[App]:
    """Streamgauge as it is installed, with your plugins, over a new database."""
    from streamgauge.testing.app import App

    with App.running(streamgauge_postgres) as app:
        yield app
