"""A service with three weeks of a shop, a team, an open incident and a dead letter."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from streamgauge.cdevents.binding import in_cloudevent
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import Failure
from tests.conftest import fresh_database
from tests.dora.example import events
from tests.dora.world import deployed, incident
from tests.grafana.prometheus import Prometheus
from tests.service import Service, eventually

TEAMS = """
[[team]]
name = "payments & more"
services = ["shop"]
"""


class Shop(NamedTuple):
    """A running service, and the URL of its database."""

    service: Service
    url: str


@pytest.fixture(scope="package")
def shop(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The example of the pages of the metrics, a second service, and what goes wrong."""
    teams: Path = tmp_path_factory.mktemp("grafana") / "teams.toml"
    teams.write_text(TEAMS)
    environ = {"STREAMGAUGE_TEAMS": str(teams)}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        told = [
            *events(),
            deployed("other", 30, service="o'brien & sons"),
            incident("detected", "incident-3", 260, title="Still open", service="shop"),
        ]
        assert service.send_batch([in_cloudevent(each) for each in told], "/cdevents").status == 202
        service.settle()
        yield Shop(service, url)


@pytest.fixture(scope="package")
def prometheus(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """It has scraped the shop twice since all that can go wrong has."""
    service = shop.service
    service.send_batch([in_cloudevent(each) for each in events()], "/cdevents")
    service.post("/", b"{", content_type="application/cloudevents+json")
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(b"nonsense\r\n\r\n")
        client.recv(1000)
    with Database(shop.url) as database, database.transaction() as cursor:
        failure = Failure("default", 1, "/deploys", "first", "a.b", "failing", "1", "no")
        dead_letters.park(cursor, "cdevents@1", [failure])
    with Prometheus.scraping(service, tmp_path_factory.mktemp("prometheus")) as found:
        late = ("streamgauge_http_unreadable_total", "streamgauge_dead_letters",
                "streamgauge_source_events_total",
                'streamgauge_deliveries_total{result="invalid-cloudevent"}')  # fmt: skip
        for series in late:
            eventually(lambda series=series: found.query(f"count_over_time({series}[30s]) >= 2"))
        yield found
