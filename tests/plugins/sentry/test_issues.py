"""Which issues are incidents, from when to when, in whatever order their hooks come."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import CDEvent
from streamgauge.cdevents import kind_of
from streamgauge.webhooks import WebhookRequest
from streamgauge_dora.failures.incidents import Event, Incident, fold
from streamgauge_sentry.memory import WAITING

from .samples import alert, issue, made, told


def folded(events: list[CDEvent]) -> Incident:
    """As the metrics read them."""
    return fold(
        Event(
            tenant="default",
            incident_id=event.subject_id,
            kind=str(kind_of(event.type)).partition(".")[2],
            at=event.timestamp,
            service=event.content["service"]["id"],
            environment=event.content["environment"]["id"],
            repository=None,
            artifact=None,
            root_cause=None,
            title=event.custom_data["title"],
            retracted=event.custom_data.get("retracted") is True,
        )
        for event in events
    )


def test_an_issue_is_an_incident_from_its_alert_until_it_is_resolved() -> None:
    life = (issue("created", -1), alert(0), issue("resolved", 30))
    assert told(*life) == [("detected", 0), ("resolved", 30)]


def test_without_an_alert_an_issue_is_no_incident() -> None:
    actions = ("created", "resolved", "unresolved", "archived", "ignored", "assigned")
    assert told(*(issue(action, minute) for minute, action in enumerate(actions))) == []


def test_a_regression_is_the_same_incident_detected_again() -> None:
    events = made(alert(0), issue("resolved", 30), issue("unresolved", 60), issue("resolved", 90))
    assert len({event.subject_id for event in events}) == 1
    found = folded(events)
    assert found.reopened == 1
    assert found.detected_at == events[0].timestamp
    assert found.resolved_at == events[-1].timestamp


def test_an_archived_issue_was_none_until_it_escalates() -> None:
    archived = [alert(0), issue("archived", 30)]
    assert folded(made(*archived)).retracted is True
    escalated = folded(made(*archived, issue("unresolved", 60, substatus="escalating")))
    assert (escalated.retracted, escalated.resolved_at) == (False, None)


def test_levels_make_incidents_without_any_alert() -> None:
    levels = {"incident_levels": ["Fatal"]}
    assert told(issue("created", 0, level="fatal"), **levels) == [("detected", -1)]
    assert told(issue("created", 0, level="error"), **levels) == []
    life = [issue("created", 0, level="fatal"), issue("resolved", 9, level="fatal")]
    assert told(*life, **levels) == told(life[1], **levels) == [("detected", -1), ("resolved", 9)]


@pytest.mark.parametrize(
    ("rules", "counts"),
    [("*", True), ("Many*", True), (["Few", "Many users"], True), ("Few*", False), ([], False)],
)
def test_the_settings_say_which_rules_make_incidents(rules: Any, counts: bool) -> None:
    assert bool(told(alert(0), incident_alerts=rules)) is counts


def test_all_that_is_told_of_an_incident_is_of_the_alerts_place() -> None:
    names = {"services": {"checkout": "shop"}, "environments": {"stg": "staging"}}
    events = made(alert(0, environment="stg"), issue("resolved", 30), **names)
    assert [event.content["environment"]["id"] for event in events] == ["staging"] * 2
    assert [event.content["service"]["id"] for event in events] == ["shop"] * 2
    [event] = made(alert(0, environment=None), environments={"check*": "staging"})
    assert event.content["environment"]["id"] == "staging"


def test_an_end_has_the_time_of_its_hook_and_says_so() -> None:
    detected, resolved = made(
        alert(0),
        issue(
            "resolved", 30, statusDetails={"inRelease": "2.1", "inCommit": {"commit": "3f" * 20}}
        ),
    )
    assert "timestampInferred" not in detected.custom_data
    assert resolved.custom_data == {
        "title": "KeyError",
        "severity": "error",
        "fixedInRelease": "2.1",
        "fixedInCommit": "3f" * 20,
        "timestampInferred": True,
    }


def test_an_alert_whose_event_has_no_time_has_that_of_its_hook() -> None:
    [event] = made(alert(5, datetime=None))
    assert event.custom_data["timestampInferred"] is True
    [event] = made(alert(5, datetime=None, timestamp=1772452800.25))
    assert event.document["context"]["timestamp"] == "2026-03-02T12:00:00.250000Z"


def test_an_event_whose_address_names_no_project_is_of_no_service() -> None:
    for address in (None, "https://sentry.io/api/0/projects/", "https://sentry.io/events/1"):
        [event] = made(alert(0, url=address))
        assert "service" not in event.content


def test_an_issue_that_is_no_incident_keeps_only_so_much() -> None:
    many = [issue("resolved", minute) for minute in range(1, 3 * WAITING)]
    assert len(told(*many, alert(0))) == 1 + WAITING


STEPS = {
    "alert": alert,
    **{
        action: lambda minute, action=action: issue(action, minute)
        for action in ("created", "resolved", "unresolved", "archived")
    },
}
lives = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 5)), min_size=1, max_size=7
)


@given(life=lives, level=st.booleans(), data=st.data())
def test_the_order_and_repetitions_of_hooks_change_nothing(
    life: list[tuple[str, int]], level: bool, data: st.DataObject
) -> None:
    options = {"incident_levels": ["error"]} if level else {}

    def facts(order: list[tuple[str, int]]) -> set[tuple[str, str]]:
        requests: list[WebhookRequest] = [STEPS[name](minute) for name, minute in order]
        return {(str(kind_of(e.type)), e.id) for e in made(*requests, **options)}

    again = data.draw(st.lists(st.sampled_from(life), max_size=3))
    assert facts(data.draw(st.permutations(life + again))) == facts(life)


@given(life=lives)
def test_what_comes_of_it_is_what_happened_since_the_first_alert(
    life: list[tuple[str, int]],
) -> None:
    alerts = [minute for name, minute in life if name == "alert"]
    since = min(alerts, default=None)
    words = {"resolved": "resolved", "archived": "resolved", "unresolved": "detected"}
    expected = {("detected", minute) for minute in alerts} | {
        (words[name], minute)
        for name, minute in life
        if name in words and since is not None and minute >= since
    }
    assert set(told(*(STEPS[name](minute) for name, minute in life))) == expected
