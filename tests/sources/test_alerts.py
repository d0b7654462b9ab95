"""Alerts in Alertmanager's form: which are incidents, which is the same one, and where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import CDEvent
from streamgauge.cdevents import validate
from streamgauge.errors import SettingsError
from streamgauge.settings import Settings
from streamgauge.sources import Alerting, Options, Told
from streamgauge.sources.alerts import alerts_in, latest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOLD = Told("https://alerts.hats.example", NOON)


def alerting(**values: Any) -> Alerting:
    settings = replace(Settings.load({}), plugins={"bell": values})
    return Alerting.of(Options(settings, "bell"))


def alert(
    status: str = "firing", ends: str = "0001-01-01T00:00:00Z", **labels: Any
) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "HatsAreLate", **labels},
        "annotations": {"summary": "hats are late"},
        "startsAt": "2026-03-01T12:00:00.5+01:00",
        "endsAt": ends,
        "generatorURL": "https://prometheus.hats.example/graph?g0.expr=up%3D%3D0",
        "fingerprint": "f1",
    }


def incidents(*alerts: Any, **values: Any) -> list[CDEvent]:
    made = alerting(**values).incidents(TOLD, "bell", {"alerts": list(alerts)})
    for each in made:
        validate(each.document)
    return made


def test_an_alert_is_detected_when_it_began_and_resolved_when_it_ended() -> None:
    [detected] = incidents(alert(severity="critical", service="shop", env="live"))
    ended = alert("resolved", "2026-03-01T11:40:00Z", service="shop", env="live")
    _, resolved = incidents(ended)
    assert detected.timestamp == datetime(2026, 3, 1, 11, 0, 0, 500_000, tzinfo=UTC)
    assert resolved.timestamp == datetime(2026, 3, 1, 11, 40, tzinfo=UTC)
    assert detected.subject_id == resolved.subject_id == "bell:f1:2026-03-01T11:00:00.500000Z"
    assert detected.content == {
        "environment": {"id": "live"},
        "service": {"id": "shop"},
        "description": "hats are late",
    }
    assert detected.custom_data == {
        "title": "hats are late",
        "labels": [
            *("alertname=HatsAreLate", "severity=critical", "service=shop", "env=live"),
        ],
        "url": "https://prometheus.hats.example/graph?g0.expr=up%3D%3D0",
        "severity": "critical",
    }


def test_an_end_tells_the_beginning_to_whoever_missed_it() -> None:
    began, _ = incidents(alert("resolved", "2026-03-01T11:40:00Z"))
    assert [began.document] == [each.document for each in incidents(alert())]


def test_a_tool_tells_more_of_an_alert() -> None:
    [made] = alerting().incidents(
        TOLD, "bell", {"alerts": [alert()]}, lambda alert: {"rang": alert.fingerprint}
    )
    assert made.custom_data["rang"] == "f1"


def test_what_fires_again_is_another_incident() -> None:
    later = {**alert(), "startsAt": "2026-03-02T12:00:00Z"}
    assert len({each.id for each in incidents(alert(), alert(), later)}) == 2


def test_an_end_that_is_not_told_is_inferred() -> None:
    _, resolved = incidents(alert("resolved"))
    assert resolved.timestamp == NOON
    assert resolved.custom_data["timestampInferred"] is True


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, True),
        ({"severity": "critical"}, True),
        ({"severity": "page"}, True),
        ({"severity": "warning"}, False),
        ({"severity": "Warning"}, False),
        ({"severity": "info"}, False),
        ({"severity": "none"}, False),
        ({"alertname": "Watchdog", "severity": "critical"}, False),
        ({"alertname": "InfoInhibitor"}, False),
        ({"alertname": "DeadMansSwitch"}, False),
    ],
)
def test_by_default_an_alert_is_an_incident_unless_it_says_it_can_wait(
    labels: dict[str, str], expected: bool
) -> None:
    assert bool(incidents(alert(**labels))) is expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"severity": "critical"}, True),
        ({"severity": "warning", "team": "hats"}, True),
        ({"severity": "warning"}, False),
        ({}, False),
        ({"severity": "critical", "alertname": "Quiet"}, False),
    ],
)
def test_the_settings_say_which_labels_make_an_incident(
    labels: dict[str, str], expected: bool
) -> None:
    found = incidents(
        alert(**labels),
        incident_labels=["severity=Crit*", "team = hats"],
        ignored_labels="alertname=Quiet",
    )
    assert bool(found) is expected


@pytest.mark.parametrize(
    ("labels", "values", "environment", "service"),
    [
        ({"env": "a", "environment": "b"}, {}, "b", None),
        ({"app": "a", "job": "b"}, {}, "production", "a"),
        ({"stage": "a", "unit": "b"}, {"environment_labels": ["stage"]}, "a", None),
        ({"stage": "a", "unit": "b"}, {"service_labels": "team, unit"}, "production", "b"),
        ({"env": "prd"}, {"environments": {"prd": "production"}}, "production", None),
        ({"namespace": "hats-stg"}, {"environments": {"*-stg": "staging"}}, "staging", None),
        ({"job": "hats-stg"}, {"environments": {"*-stg": "staging"}}, "staging", "hats-stg"),
        ({"namespace": "hats"}, {"environment": "live"}, "live", None),
        ({"job": "hats-web"}, {"services": {"hats-*": "hats"}}, "production", "hats"),
    ],
)
def test_labels_say_where(
    labels: dict[str, str], values: dict[str, Any], environment: str, service: str | None
) -> None:
    [made] = incidents(alert(**labels), **values)
    assert made.content["environment"] == {"id": environment}
    assert made.content.get("service", {}).get("id") == service


def test_what_cannot_be_read_is_left_out() -> None:
    broken = [
        *(None, [], {}, {**alert(), "fingerprint": ""}, {**alert(), "startsAt": "soon"}),
        *({**alert(), "status": "pending"}, {**alert(), "startsAt": "0001-01-01T00:00:00Z"}),
    ]
    bare = {"status": "Firing", "fingerprint": "f2", "startsAt": "2026-03-01T12:00:00Z"}
    [made] = incidents(*broken, bare, {**bare, "labels": {"severity": 3, "severity\0": "info"}})[:1]
    assert made.subject_id == "bell:f2:2026-03-01T12:00:00Z"
    assert made.custom_data == {}
    assert list(alerts_in({"alerts": "none"})) == []


def test_the_latest_of_all_times_is_that_of_the_notification() -> None:
    data = {"alerts": [alert(), alert("resolved", "2026-03-01T11:40:00Z"), {}]}
    assert latest(data) == datetime(2026, 3, 1, 11, 40, tzinfo=UTC)
    assert latest({}) is None
    assert latest({"alerts": [alert(), alert("resolved")]}) is None


@pytest.mark.parametrize("name", ["incident_labels", "ignored_labels"])
@pytest.mark.parametrize("value", [["critical"], "=critical", [3]])
def test_a_label_without_a_value_is_no_setting(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=rf"plugins\.bell\.{name} must be"):
        alerting(**{name: value})


lives = st.lists(
    st.tuples(st.sampled_from(["f1", "f2"]), st.integers(0, 3), st.booleans()), max_size=8
)


@given(told=lives, data=st.data())
def test_repetitions_and_the_order_change_nothing(
    told: list[tuple[str, int, bool]], data: st.DataObject
) -> None:
    def of(fingerprint: str, hour: int, ended: bool) -> dict[str, Any]:
        starts = NOON + timedelta(hours=hour)
        return {
            **alert("resolved" if ended else "firing", (starts + timedelta(minutes=9)).isoformat()),
            "startsAt": starts.isoformat(),
            "fingerprint": fingerprint,
        }

    def facts(lives: list[tuple[str, int, bool]]) -> set[tuple[str, str]]:
        made = alerting().incidents(TOLD, "bell", {"alerts": [of(*each) for each in lives]})
        return {(each.id, str(each.document)) for each in made}

    assert facts(data.draw(st.permutations(told + told[:3]))) == facts(told)
    firings = {each[:2] for each in told}
    assert len(facts(told)) == len(firings) + sum(ended for *_, ended in set(told))
