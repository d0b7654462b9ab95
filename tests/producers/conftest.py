"""The service as the producers see it: every source that they use, by one secret."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import ROOT, fresh_database
from tests.producers.telling import SECRET
from tests.service import Service

SOURCES = ("ALERTMANAGER", "DISTRIBUTION", "GENERIC")


@pytest.fixture(scope="module")
def service(server_url: str) -> Iterator[Service]:
    environ = {f"STREAMGAUGE_{source}_SECRET": SECRET for source in SOURCES}
    environ["STREAMGAUGE_TRANSFORMERS"] = str(ROOT / "examples/buildbot")
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service
