"""Opsgenie's deliveries to a running service, until they show in the metric and the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import fresh_database
from tests.plugins.recovering import deliver_case, deployed, incidents, recovery
from tests.service import Service

CASES = Path(__file__).parent / "cases"
SECRET = "a secret of the integration"


@pytest.fixture(scope="module")
def opsgenie(server_url: str) -> Iterator[Service]:
    environ = {"STREAMGAUGE_OPSGENIE_SECRET": SECRET}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def deliver(service: Service, name: str) -> None:
    deliver_case(service, "opsgenie", CASES / f"{name}.json", authorization=f"Bearer {SECRET}")


def test_an_alert_is_an_incident_until_it_is_closed(opsgenie: Service) -> None:
    deployed(opsgenie, 1, "checkout", "2026-03-02T09:30:00+00:00")
    for name in ("01-create", "02-acknowledge"):
        deliver(opsgenie, f"life/{name}")
        assert recovery(opsgenie, "checkout") == (None, 0, {"not_recovered": 1})
    for _ in range(2):
        deliver(opsgenie, "life/03-close")
        assert recovery(opsgenie, "checkout") == (7200.0, 1, {})
    assert incidents(opsgenie, "checkout") == [
        {
            "title": "Nobody can buy hats",
            "service": "checkout",
            "environment": "production",
            "detected_at": "2026-03-02T10:00:00.500000Z",
            "resolved_at": "2026-03-02T11:30:00Z",
            "reopened": 0,
            "retracted": False,
        }
    ]


def test_one_that_is_deleted_afterwards_was_none(opsgenie: Service) -> None:
    body = (
        (CASES / "delete.json").read_bytes().replace(b"1772446200000000000", b"1772452800000000000")
    )
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {SECRET}"}
    answer = opsgenie.request("POST", "/webhooks/opsgenie", body, headers)
    assert answer.status == 202
    assert recovery(opsgenie, "checkout") == (None, 0, {})
    [found] = incidents(opsgenie, "checkout")
    assert found["retracted"] is True
    assert {item["parked"] for item in opsgenie.get("/v1/projections").json["items"]} == {0}
