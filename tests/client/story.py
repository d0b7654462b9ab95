"""Four weeks of two services, one of them with a gap, told to a running service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from streamgauge import CDEvent
from streamgauge.client import Client
from tests.conftest import fresh_database
from tests.dora.world import deployed, failed, incident, merged, pushed
from tests.service import Service

DAY, WEEK = 24, 24 * 7
FEBRUARY = {"from_": "2026-01-05", "to": "2026-02-02", "interval": "week"}
EVIL = "till\u202e[red]"
"""A service whose name would turn a terminal's text around, and colour it."""


def story() -> Iterator[CDEvent]:
    """Nothing happens in the third week."""
    yield pushed(-WEEK, "base")
    yield deployed("d0", -WEEK + 1, "base")
    for number, hours, took in (
        (1, 0, 2), (2, DAY, 4), (3, 3 * DAY, 30), (4, WEEK, 50), (5, 3 * WEEK + DAY, 0.75),
    ):  # fmt: skip
        yield from merged(number, hours, f"c{number}", written=hours)
        yield deployed(f"d{number}", hours + took, f"c{number}")
    yield incident("detected", "i", 2 * DAY, artifact="pkg:generic/shop@d2")
    yield incident("resolved", "i", 2 * DAY + 3, artifact="pkg:generic/shop@d2")
    yield failed("f1", 4 * DAY, "c3")
    yield deployed("t0", 5, service=EVIL, repository=None)
    yield deployed("s1", 6, "c1", environment="staging")


@contextmanager
def running(server_url: str, **more: Any) -> Iterator[Service]:
    """A service that has been told it."""
    with fresh_database(server_url) as url, Service.running(url, **more) as service:
        with client_of(service) as client:
            assert client.send(story(), path="/cdevents").duplicates == 0
        service.settle()
        yield service


def client_of(service: Service, token: str | None = None) -> Client:
    return Client(f"http://127.0.0.1:{service.port}", token)
