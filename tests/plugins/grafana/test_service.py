"""Grafana's notifications to a running service, until they show in the metric and the list."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import fresh_database
from tests.plugins.recovering import deliver_case, deployed, incidents, recovery
from tests.service import Service

CASES = Path(__file__).parent / "cases"
SECRET = "a secret of the contact point"


@pytest.fixture(scope="module")
def grafana(server_url: str) -> Iterator[Service]:
    environ = {"STREAMGAUGE_GRAFANA_SECRET": SECRET}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def deliver(service: Service, name: str) -> None:
    file = CASES / f"{name}.json"
    sent = str(int(time.time()))
    signed = f"{sent}:".encode() + file.read_bytes()
    deliver_case(
        service,
        "grafana",
        file,
        x_grafana_alerting_signature=hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest(),
        x_grafana_alerting_timestamp=sent,
    )


def test_an_alert_is_an_incident_from_its_start_to_its_end(grafana: Service) -> None:
    deployed(grafana, 1, "checkout", "2026-03-02T09:30:00+00:00")
    for name in ("01-firing", "02-repeated"):
        deliver(grafana, f"life-of-an-alert/{name}")
        assert recovery(grafana, "checkout") == (None, 0, {"not_recovered": 1})
    deliver(grafana, "firing-group-with-one-resolved")
    assert recovery(grafana, "checkout") == (7200.0, 1, {})
    deliver(grafana, "life-of-an-alert/03-resolved")
    assert recovery(grafana, "checkout") == (7200.0, 1, {})
    assert incidents(grafana, "checkout") == [
        {
            "title": "1 in 5 checkouts fails",
            "service": "checkout",
            "environment": "production",
            "detected_at": "2026-03-02T10:00:00.157076Z",
            "resolved_at": "2026-03-02T11:30:00Z",
            "reopened": 0,
            "retracted": False,
        }
    ]


def test_what_says_nothing_of_the_service_is_no_incident(grafana: Service) -> None:
    total = len(grafana.get("/v1/incidents").json["items"])
    for name in ("no-data", "datasource-error", "test-of-the-contact-point", "severity-warning"):
        deliver(grafana, name)
    grafana.settle()
    assert len(grafana.get("/v1/incidents").json["items"]) == total


def test_a_legacy_rule_that_alerts_twice_has_two_incidents(grafana: Service) -> None:
    before = len(incidents(grafana, "checkout"))
    for name in ("01-alerting", "04-ok", "01-alerting"):
        deliver(grafana, f"legacy-life/{name}")
    assert [each["resolved_at"] is None for each in incidents(grafana, "checkout")[before:]] == [
        *(False, True),
    ]
    assert {item["parked"] for item in grafana.get("/v1/projections").json["items"]} == {0}
