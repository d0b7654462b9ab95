"""Alertmanager's notifications to a running service, until they show in the metric and the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import fresh_database
from tests.plugins.recovering import deliver_case, deployed, incidents, recovery
from tests.service import Service

CASES = Path(__file__).parent / "cases"
SECRET = "a secret of the file alertmanager.yml"


@pytest.fixture(scope="module")
def alertmanager(server_url: str) -> Iterator[Service]:
    environ = {"STREAMGAUGE_ALERTMANAGER_SECRET": SECRET}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def deliver(service: Service, name: str) -> None:
    deliver_case(service, "alertmanager", CASES / f"{name}.json", authorization=f"Bearer {SECRET}")


def test_an_alert_is_an_incident_from_its_start_to_its_end(alertmanager: Service) -> None:
    deployed(alertmanager, 1, "checkout", "2026-03-02T09:30:00+00:00")
    assert recovery(alertmanager, "checkout") == (None, 0, {})
    for name in ("01-firing", "02-repeated", "03-another-joins"):
        deliver(alertmanager, f"repeated-while-it-fires/{name}")
        assert recovery(alertmanager, "checkout") == (None, 0, {"not_recovered": 1})
    deliver(alertmanager, "repeated-while-it-fires/04-one-is-over")
    assert recovery(alertmanager, "checkout") == (7200.0, 1, {})
    [found] = incidents(alertmanager, "checkout")
    assert found == {
        "title": "1 in 5 checkouts fails",
        "service": "checkout",
        "environment": "production",
        "detected_at": "2026-03-02T10:00:00.123456Z",
        "resolved_at": "2026-03-02T11:30:00Z",
        "reopened": 0,
        "retracted": False,
    }


def test_what_fires_again_is_another_incident(alertmanager: Service) -> None:
    before = len(incidents(alertmanager, "checkout"))
    deliver(alertmanager, "fires-again/03-firing")
    *_, last = incidents(alertmanager, "checkout")
    assert len(incidents(alertmanager, "checkout")) == before + 1
    assert (last["detected_at"], last["reopened"]) == ("2026-03-02T12:15:00Z", 0)


def test_the_watchdog_is_none(alertmanager: Service) -> None:
    total = len(alertmanager.get("/v1/incidents").json["items"])
    for name in ("watchdog", "severity-warning", "info-inhibitor"):
        deliver(alertmanager, name)
    alertmanager.settle()
    assert len(alertmanager.get("/v1/incidents").json["items"]) == total
    assert {item["parked"] for item in alertmanager.get("/v1/projections").json["items"]} == {0}
