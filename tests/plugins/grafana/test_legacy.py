"""The alerting of before: a rule's states, told without a time, as one incident after the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import CDEvent
from streamgauge.cdevents import kind_of, validate
from streamgauge.sources import Alerting
from streamgauge.sources.alerts import Labels
from streamgauge_grafana.legacy import LegacyTransformer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def told(*states: str, alerting: Alerting | None = None, **payload: Any) -> list[CDEvent]:
    """What comes of a rule's states, one a minute."""
    transformer = LegacyTransformer(alerting or Alerting())
    state, made = None, []
    for minute, word in enumerate(states):
        event = CloudEvent(
            {
                "id": str(minute),
                "source": "https://old-grafana.hatworks.example",
                "type": "com.grafana.alerting.legacy",
                "time": NOON + timedelta(minutes=minute),
            },
            {"ruleId": 7, "ruleName": "Checkout errors", "state": word, **payload},
        )
        if transformer.state_key(event) is not None:
            events, state = transformer.transform_with_state(event, state)
            made += events
    for each in made:
        validate(each.document)
    return made


def test_an_incident_is_from_alerting_to_ok() -> None:
    made = told("ok", "pending", "alerting", "alerting", "no_data", "ok", "ok", "alerting")
    assert [(str(kind_of(e.type)), e.timestamp.minute) for e in made] == [
        *(("incident.detected", 2), ("incident.resolved", 5), ("incident.detected", 7)),
    ]
    first, end, second = (e.subject_id for e in made)
    assert first == end == "https://old-grafana.hatworks.example/alerting/7/2026-03-02T12:02:00Z"
    assert second.endswith("/2026-03-02T12:07:00Z")
    assert {e.custom_data["timestampInferred"] for e in made} == {True}


def test_its_tags_are_labels() -> None:
    alerting = Alerting(ignored_labels=Labels((("severity", "warning"),)))
    [made] = told("alerting", alerting=alerting, tags={"app": "shop", "env": "live"})
    assert made.content["service"] == {"id": "shop"}
    assert made.content["environment"] == {"id": "live"}
    assert told("alerting", alerting=alerting, tags={"severity": "warning"}) == []


@pytest.mark.parametrize("payload", [{"ruleId": 0}, {"ruleId": None}, {"state": 3}])
def test_what_cannot_be_read_is_left_out(payload: dict[str, Any]) -> None:
    assert told("alerting", **payload) == []


@given(states=st.lists(st.sampled_from(["alerting", "ok", "no_data", "pending"]), max_size=9))
def test_incidents_alternate_and_each_end_is_of_the_last_beginning(states: list[str]) -> None:
    made = told(*states)
    kinds = [str(kind_of(e.type)) for e in made]
    assert kinds == ["incident.detected", "incident.resolved"] * (len(made) // 2) + (
        ["incident.detected"] if len(made) % 2 else []
    )
    for began, ended in zip(made[::2], made[1::2], strict=False):
        assert began.subject_id == ended.subject_id
    assert len({e.subject_id for e in made[::2]}) == len(made[::2])
