"""A database that all examples of a module share: a world begins by emptying it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streamgauge.postgres.database import Database
from tests.conftest import fresh_database


@pytest.fixture(scope="module")
def shared_database(server_url: str) -> Iterator[Database]:
    """A migrated database of the module's own."""
    with (
        fresh_database(server_url) as url,
        Database(url, role="test", pool_size=4) as database,
    ):
        yield database
