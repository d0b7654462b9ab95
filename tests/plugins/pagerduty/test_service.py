"""PagerDuty's deliveries to a running service, until they show in the metric and the list."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import fresh_database
from tests.plugins.recovering import deliver_case, deployed, incidents, recovery
from tests.service import Service

CASES = Path(__file__).parent / "cases"
LIFE = sorted((CASES / "life-with-reopening").glob("*-incident.*.json"))
SECRET = "a secret that PagerDuty made"
NAME = "Checkout (production)"


@pytest.fixture(scope="module")
def pagerduty(server_url: str) -> Iterator[Service]:
    environ = {"STREAMGAUGE_PAGERDUTY_SECRET": SECRET}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def deliver(service: Service, file: Path) -> None:
    digest = hmac.new(SECRET.encode(), file.read_bytes(), hashlib.sha256).hexdigest()
    deliver_case(service, "pagerduty", file, x_pagerduty_signature=f"v1={digest}")


def test_an_incident_is_over_when_it_is_resolved_for_good(pagerduty: Service) -> None:
    deployed(pagerduty, 1, NAME, "2026-03-02T09:30:00+00:00")
    seen = [recovery(pagerduty, NAME)]
    bodies = [file for file in LIFE if not file.name.endswith(".headers.json")]
    for file in bodies:
        deliver(pagerduty, file)
        seen.append(recovery(pagerduty, NAME))
    open_one = (None, 0, {"not_recovered": 1})
    assert [value for value, _, _ in seen] == [
        *(None, None, None, 7200.25, None, 11_700.0),
    ]
    assert seen[1] == seen[2] == seen[4] == open_one
    deliver(pagerduty, bodies[2])
    assert recovery(pagerduty, NAME) == seen[-1]
    assert incidents(pagerduty, NAME) == [
        {
            "title": "Nobody can buy hats",
            "service": NAME,
            "environment": "production",
            "detected_at": "2026-03-02T10:00:00Z",
            "resolved_at": "2026-03-02T12:45:00Z",
            "reopened": 1,
            "retracted": False,
        }
    ]


def test_an_incident_that_was_merged_into_another_fails_no_deployment(pagerduty: Service) -> None:
    before = recovery(pagerduty, NAME)
    deliver(pagerduty, CASES / "incident.resolved-merged.json")
    assert recovery(pagerduty, NAME) == before
    assert [each["retracted"] for each in incidents(pagerduty, NAME)] == [False, True]


def test_nothing_was_parked(pagerduty: Service) -> None:
    pagerduty.settle()
    assert {item["parked"] for item in pagerduty.get("/v1/projections").json["items"]} == {0}
