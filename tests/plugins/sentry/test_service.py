"""Sentry's hooks to a running service, until they show in the metric and the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import fresh_database
from tests.plugins.recovering import deliver_case, deployed, incidents, recovery
from tests.service import Service

CASES = Path(__file__).parent / "cases"


@pytest.fixture(scope="module")
def sentry(server_url: str) -> Iterator[Service]:
    # These hooks are of a day long ago, and a signed one must be of now: test_receiver.py.
    environ = {"STREAMGAUGE_SENTRY_ALLOW_UNSIGNED": "true"}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def deliver(service: Service, name: str) -> None:
    deliver_case(service, "sentry", CASES / f"{name}.json")


def test_an_issue_is_an_incident_from_its_alert_until_it_is_resolved_for_good(
    sentry: Service,
) -> None:
    deployed(sentry, 1, "checkout", "2026-03-02T09:30:00+00:00")
    deliver(sentry, "issue-life/01-created")
    assert recovery(sentry, "checkout") == (None, 0, {})
    assert incidents(sentry, "checkout") == []
    expected = {
        "02-alert": (None, 0, {"not_recovered": 1}),
        "03-alert-repeated": (None, 0, {"not_recovered": 1}),
        "04-resolved": (7200.0, 1, {}),
        "05-regressed": (None, 0, {"not_recovered": 1}),
        "06-resolved": (11_700.0, 1, {}),
    }
    for name, answer in expected.items():
        deliver(sentry, f"issue-life/{name}")
        assert recovery(sentry, "checkout") == answer
    assert incidents(sentry, "checkout") == [
        {
            "title": "KeyError: 'basket'",
            "service": "checkout",
            "environment": "production",
            "detected_at": "2026-03-02T10:00:00.100000Z",
            "resolved_at": "2026-03-02T12:45:00Z",
            "reopened": 1,
            "retracted": False,
        }
    ]


def test_a_metric_alert_is_an_incident_through_all_its_levels(sentry: Service) -> None:
    for name in ("01-warning", "02-critical", "03-warning", "04-resolved"):
        deliver(sentry, f"metric_alert-life/{name}")
    _, found = incidents(sentry, "checkout")
    assert (found["title"], found["detected_at"], found["resolved_at"], found["reopened"]) == (
        *("Checkout fails", "2026-03-02T10:00:00.500000Z", "2026-03-02T11:30:00Z", 0),
    )
    assert {item["parked"] for item in sentry.get("/v1/projections").json["items"]} == {0}
