"""Which of Opsgenie's actions begins or ends an incident, when, and where."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import CDEvent
from streamgauge.cdevents import kind_of
from streamgauge.cloudevents.json_format import content_of
from streamgauge.errors import InvalidInput, SettingsError, WebhookRefused
from streamgauge.json_codec import decode
from streamgauge.routing.offline import Offline
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from streamgauge.sources import Options
from streamgauge.webhooks import WebhookRequest
from streamgauge_opsgenie.transformer import Naming
from tests.plugins.loading import loaded

CREATED = datetime(2026, 3, 2, 10, 0, 0, 500_000, tzinfo=UTC)
CLOSED = datetime(2026, 3, 2, 11, 30, 0, 123_456, tzinfo=UTC)
ALERT: dict[str, Any] = {
    "alertId": "7041-17",
    "message": "Nobody can buy hats",
    "createdAt": 1772445600500,
    "updatedAt": 1772451000123456789,
}


def hook(action: str, **alert: Any) -> dict[str, Any]:
    return {"action": action, "alert": {**ALERT, **alert}, "integrationId": "1f0c-01"}


def settings(**options: Any) -> Settings:
    return dataclasses.replace(Settings.load({}), plugins={"opsgenie": options})


def receive(payload: Any, *, query: Any = None, header: str = "", **options: Any) -> list[Any]:
    headers = {"content-type": "application/json"} | ({"authorization": header} if header else {})
    receiver = loaded("opsgenie", **options).receivers["opsgenie"]
    return [*receiver.receive(WebhookRequest(headers, json.dumps(payload).encode(), query or {}))]


def made(*payloads: Any, **options: Any) -> list[CDEvent]:
    """What comes of these deliveries, one after the other."""
    plugins = loaded("opsgenie", allow_unsigned=True, **options)
    run = Offline(plugins, RoutingTable(plugins.routes()))
    events = [each for payload in payloads for each in receive(payload, allow_unsigned=True)]
    return run.cdevents(events)


def told(*payloads: Any) -> list[tuple[str, datetime]]:
    return [(str(kind_of(event.type)), event.timestamp) for event in made(*payloads)]


def test_an_alert_begins_when_it_was_created_and_ends_when_it_was_closed() -> None:
    assert told(hook("Create")) == [("incident.detected", CREATED)]
    life = [("incident.detected", CREATED), ("incident.resolved", CLOSED)]
    assert told(hook("Create"), hook("Close")) == life
    assert told(hook("Close")) == life


def test_an_alert_that_was_deleted_was_no_incident() -> None:
    _, resolved = made(hook("Delete"))
    assert resolved.custom_data["retracted"] is True
    assert {event.id for event in made(hook("Close"))}.isdisjoint({resolved.id})


def test_what_is_only_known_at_the_end_is_its_end() -> None:
    assert told(hook("Close", createdAt=None)) == [("incident.resolved", CLOSED)]
    [event] = made(hook("Create", createdAt=0, updatedAt=0))
    assert event.custom_data["timestampInferred"] is True


@pytest.mark.parametrize("action", ["Acknowledge", "AddNote", "Escalate", "restart"])
def test_other_actions_are_recorded_and_give_nothing(action: str) -> None:
    assert made(hook(action)) == []
    [event] = receive(hook(action), allow_unsigned=True)
    content = dict(content_of(decode(event.state)).attributes)
    assert content["type"] == f"com.opsgenie.alert.{action.lower()}"
    assert content["source"] == "https://api.opsgenie.com/v2/integrations/1f0c-01"
    assert (content["subject"], content["time"]) == ("7041-17", "2026-03-02T11:30:00.123456Z")


@pytest.mark.parametrize(
    ("alert", "options", "environment", "service"),
    [
        ({}, {}, "production", None),
        ({"tags": ["service:shop", "env=live"]}, {}, "live", "shop"),
        ({"tags": ["service: a:b ", "service:c", ":x", "y:", 3]}, {}, "production", "a:b"),
        ({"tags": ["service:a"], "entity": "b"}, {}, "production", "a"),
        ({"entity": "b", "details": {"service": "c"}}, {}, "production", "b"),
        ({"details": {"service": "c"}}, {}, "production", "c"),
        ({"details": {"environment": "live"}}, {}, "production", None),
        ({"tags": ["app:a", "stage:s"]}, {"service_tags": "app", "environment_tags": "stage"},
         "s", "a"),
        ({"entity": "shop-stg"}, {"environments": {"*-stg": "staging"}}, "staging", "shop-stg"),
        ({"details": {"service": "shop-stg"}}, {"environments": {"*-stg": "staging"}},
         "production", "shop-stg"),
        ({"entity": "shop-web"}, {"services": {"shop-*": "shop"}, "environment": "live"},
         "live", "shop"),
    ],
)  # fmt: skip
def test_tags_say_where(
    alert: dict[str, Any], options: dict[str, Any], environment: str, service: str | None
) -> None:
    [event] = made(hook("Create", **alert), **options)
    assert event.content["environment"] == {"id": environment}
    assert event.content.get("service", {}).get("id") == service


@given(
    tags=st.lists(st.sampled_from(["env:live", "service=shop", "late", "app:x"])),
    entity=st.sampled_from(["", "carts"]),
    details=st.dictionaries(st.sampled_from(["env", "service"]), st.sampled_from(["a", "b"])),
)
def test_the_end_says_no_other_place_than_the_beginning(
    tags: list[str], entity: str, details: dict[str, str]
) -> None:
    naming = Naming()
    always = {"tags": tags, "entity": entity}
    first, last = naming.where({**always, "details": details}), naming.where(always)
    assert first[0] == last[0]
    assert last[1] in (first[1], None)


def test_an_alert_without_an_id_is_none() -> None:
    assert made(hook("Create", alertId=""), {"action": "Close", "alert": []}) == []


@pytest.mark.parametrize("payload", [{}, {"action": 3}, {"action": "a b"}])
def test_what_is_not_of_opsgenie_is_refused(payload: Any) -> None:
    with pytest.raises(InvalidInput, match="is this a webhook of Opsgenie"):
        receive(payload, allow_unsigned=True)


def test_the_secret_is_shown() -> None:
    assert len(receive(hook("Create"), header="Bearer top hat", secret=["new", "top hat"])) == 1
    assert len(receive(hook("Create"), query={"secret": "top hat"}, secret="top hat")) == 1
    for header in ("", "Bearer straw hat"):
        with pytest.raises(WebhookRefused):
            receive(hook("Create"), header=header, secret="top hat")


@pytest.mark.parametrize("name", ["service_tags", "environment_tags", "environment"])
def test_a_setting_that_makes_no_sense_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"plugins\.opsgenie\.{name}"):
        Naming.of(Options(settings(**{name: 3}), "opsgenie"))
