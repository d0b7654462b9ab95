"""A metric alert is one incident of Sentry's own."""

from __future__ import annotations

from typing import Any

import pytest

from .samples import after, made, metric, told


def test_all_levels_are_of_one_incident() -> None:
    life = [metric("warning", 0), metric("critical", 5), metric("warning", 9)]
    end = metric("resolved", 31, date_closed=after(30).isoformat())
    assert told(*life, end) == [("detected", 0), ("resolved", 30)]
    assert told(end) == [("detected", 0), ("resolved", 30)]


def test_an_end_without_a_time_has_that_of_its_hook() -> None:
    _, resolved = made(metric("resolved", 31))
    assert resolved.timestamp == after(31)
    assert resolved.custom_data["timestampInferred"] is True


def test_an_end_that_is_told_twice_is_one() -> None:
    assert len(made(metric("resolved", 31), metric("resolved", 36))) == 2


@pytest.mark.parametrize(
    ("more", "minute"),
    [
        ({"date_started": after(-9).isoformat()}, 0),
        ({"date_detected": None, "date_started": after(-9).isoformat()}, -9),
        ({"date_detected": None, "date_created": after(2).isoformat()}, 2),
        ({"date_detected": None}, 5),
    ],
)
def test_it_begins_when_it_was_detected(more: dict[str, Any], minute: float) -> None:
    assert told(metric("critical", 5, **more)) == [("detected", minute)]


def test_the_settings_say_which_rules_make_incidents() -> None:
    assert told(metric("critical", 0), incident_alerts="Checkout*") == [("detected", 0)]
    assert told(metric("critical", 0), incident_alerts="Basket*") == []


@pytest.mark.parametrize(
    ("more", "options", "environment", "service"),
    [
        ({}, {}, "production", "checkout"),
        ({"projects": ["a", "b"]}, {}, "production", None),
        ({"projects": None}, {"environment": "live"}, "live", None),
        ({"alert_rule": {"environment": "stg"}}, {"environments": {"stg": "staging"}},
         "staging", "checkout"),
        ({}, {"services": {"check*": "shop"}, "environments": {"check*": "staging"}},
         "staging", "shop"),
    ],
)  # fmt: skip
def test_the_rule_and_its_project_say_where(
    more: dict[str, Any], options: dict[str, Any], environment: str, service: str | None
) -> None:
    [event] = made(metric("critical", 0, **more), **options)
    assert event.content["environment"] == {"id": environment}
    assert event.content.get("service", {}).get("id") == service


def test_an_alert_without_an_id_is_none() -> None:
    assert made(metric("critical", 0, id=0)) == []
