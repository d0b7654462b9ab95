"""The whole flow on every PostgreSQL that can be found here, 15 to 18."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streamgauge.cdevents import in_cloudevent
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.postgres.embedded import Binaries, EmbeddedPostgres, find_binaries
from streamgauge.postgres.migrate import is_current, migrate
from tests.conftest import THROW_AWAY
from tests.helpers import a_deployment, process, replay, rows

FOUND = {found.major: found for found in find_binaries(os.environ)}


@pytest.mark.parametrize("binaries", FOUND.values(), ids=[str(major) for major in FOUND])
def test_the_flow(binaries: Binaries, open_folder: Path, plugins: Plugins) -> None:
    folder = open_folder / f"version-{binaries.major}"
    with (
        EmbeddedPostgres.acquire(folder, binaries=binaries, options=THROW_AWAY) as postgres,
        Database(postgres.url) as database,
    ):
        assert postgres.version.startswith(f"{binaries.major}.")
        with database.transaction() as cursor:
            assert not is_current(cursor)
        assert migrate(database) == ["0001_logs", "0002_stages", "0003_delivery"]
        assert migrate(database) == []
        for _ in range(2):
            events = [in_cloudevent(a_deployment(n)) for n in range(50)]
            process(database, plugins, events)
        assert rows(database, "select count(*) from deployments") == [(50,)]
        done = replay(database, plugins, "deployments")
        assert done.replaced == {"deployments": 1, "deployment_frequency": 1}
        assert rows(database, "select count(*) from deployments") == [(50,)]
