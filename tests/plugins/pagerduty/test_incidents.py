"""Which event of PagerDuty's is which of an incident, and where it is said to be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.cdevents import kind_of

from .samples import made, v2, v3

CREATED, OVER, AGAIN = "2026-03-02T10:00:00Z", "2026-03-02T11:30:00Z", "2026-03-02T12:00:00Z"
TRIGGERED = v3("incident.triggered", "2026-03-02T10:00:00.7Z")
RESOLVED = v3("incident.resolved", OVER)
REOPENED = v3("incident.reopened", AGAIN)


def told(*payloads: Any, **options: Any) -> list[tuple[str, str]]:
    return [
        (str(kind_of(e.type)), e.document["context"]["timestamp"])
        for e in made(*payloads, **options)
    ]


def test_an_incident_begins_when_it_was_made_not_when_that_was_told() -> None:
    assert told(TRIGGERED) == [("incident.detected", CREATED)]


def test_a_resolution_tells_the_beginning_to_whoever_missed_it() -> None:
    assert told(RESOLVED) == [("incident.detected", CREATED), ("incident.resolved", OVER)]
    assert told(TRIGGERED, RESOLVED) == told(RESOLVED)


def test_a_reopened_incident_is_the_same_one_detected_again() -> None:
    again = v3("incident.resolved", "2026-03-02T13:00:00Z")
    events = made(TRIGGERED, RESOLVED, REOPENED, again)
    assert [str(kind_of(e.type)) for e in events] == [
        *("incident.detected", "incident.resolved", "incident.detected", "incident.resolved")
    ]
    assert len({e.subject_id for e in events}) == 1
    assert len({e.id for e in events}) == 4


def test_both_versions_tell_of_the_same_incident() -> None:
    old = v2(("incident.trigger", CREATED, {}), ("incident.resolve", OVER, {}))
    assert {e.id for e in made(TRIGGERED, RESOLVED, old)} == {e.id for e in made(old)}
    assert len(made(TRIGGERED, RESOLVED, old)) == 2


def test_the_messages_of_one_delivery_are_told_apart() -> None:
    other = {"id": "Q2", "self": "https://api.pagerduty.com/incidents/Q2"}
    events = made(v2(("incident.trigger", CREATED, {}), ("incident.trigger", AGAIN, other)))
    assert [e.subject_id[-2:] for e in events] == ["Q1", "Q2"]


@pytest.mark.parametrize(
    ("reason", "retracted"),
    [
        (None, None),
        ("merged", True),
        ({"type": "merge_resolve_reason", "incident": {"id": "Q9"}}, True),
        ({"type": "some_other_reason"}, None),
        ("auto_resolved", None),
    ],
)
def test_what_was_merged_into_another_was_none_of_its_own(reason: Any, retracted: Any) -> None:
    detected, resolved = made(v3("incident.resolved", OVER, resolve_reason=reason))
    assert resolved.custom_data.get("retracted") is retracted
    assert "retracted" not in detected.custom_data
    merged_into = reason["incident"]["id"] if isinstance(reason, dict) and retracted else None
    assert resolved.custom_data.get("mergedInto") == merged_into


@pytest.mark.parametrize(
    ("options", "environment", "service"),
    [
        ({}, "production", "Checkout"),
        ({"environment": "live"}, "live", "Checkout"),
        ({"environments": {"Check*": "staging"}}, "staging", "Checkout"),
        ({"environments": {"Cart*": "staging"}}, "production", "Checkout"),
        ({"services": {"Checkout": "hatworks/shop"}}, "production", "hatworks/shop"),
    ],
)
def test_the_name_of_pagerdutys_service_says_where(
    options: dict[str, Any], environment: str, service: str
) -> None:
    [event] = made(TRIGGERED, **options)
    assert event.content["environment"] == {"id": environment}
    assert event.content["service"] == {"id": service}


def test_what_has_no_id_is_no_incident() -> None:
    assert made(v3("incident.triggered", CREATED, id=None)) == []
    assert made({"event": {"event_type": "incident.resolved", "data": "gone"}}) == []


def test_an_incident_without_addresses_has_that_of_the_api() -> None:
    [event] = made(v3("incident.triggered", CREATED, self=None, html_url=None))
    assert event.subject_id == "https://api.pagerduty.com/incidents/Q1"
    assert event.document["context"]["source"] == "https://api.pagerduty.com"


def test_times_that_are_missing_are_inferred() -> None:
    [event] = made(v3("incident.triggered", "", created_at=None))
    assert event.custom_data["timestampInferred"] is True


@given(data=st.data())
def test_the_order_and_repetitions_change_nothing(data: st.DataObject) -> None:
    life = [TRIGGERED, RESOLVED, REOPENED, v3("incident.resolved", "2026-03-02T13:00:00Z")]
    arrived = data.draw(st.permutations(life + data.draw(st.lists(st.sampled_from(life)))))
    assert {e.id for e in made(*arrived)} == {e.id for e in made(*life)}
