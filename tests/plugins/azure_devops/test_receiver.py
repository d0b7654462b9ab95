"""The receiver: who is let in, and what a delivery becomes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from streamgauge import Event, WebhookRequest
from streamgauge.errors import InvalidInput, SettingsError, WebhookRefused
from streamgauge_azure_devops import receivers

from .samples import delivery, settings

SECRET = "quayside"


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def receive(
    name: str, headers: dict[str, str], query: dict[str, str] | None = None, **options: Any
) -> list[Event]:
    [receiver] = receivers(settings(**options))
    given = {"content-type": "application/json", **headers}
    return list(receiver.receive(WebhookRequest(given, delivery(name).body, query or {})))


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        (basic("streamgauge", SECRET), {}),
        (basic("", SECRET), {}),
        ({"authorization": f"Bearer {SECRET}"}, {}),
        ({"authorization": SECRET}, {}),
        ({}, {"secret": SECRET}),
    ],
)
def test_the_secret_may_be_shown_in_any_way_that_a_hook_can(
    headers: dict[str, str], query: dict[str, str]
) -> None:
    assert len(receive("push-of-two-commits", headers, query, secret=["the next one", SECRET])) == 1


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, {}),
        (basic(SECRET, "wrong"), {}),
        ({"authorization": "Bearer wrong"}, {}),
        ({"authorization": "Basic ???"}, {}),
        ({}, {"secret": "wrong"}),
        ({"x-secret": SECRET}, {}),
    ],
)
def test_anything_else_is_refused(headers: dict[str, str], query: dict[str, str]) -> None:
    with pytest.raises(WebhookRefused):
        receive("push-of-two-commits", headers, query, secret=SECRET)


@pytest.mark.parametrize(
    ("name", "event", "subject"),
    [
        ("push-of-two-commits", "git.push", "14"),
        ("pull-request-created", "git.pullrequest.created", "7"),
        ("run-succeeded", "ms.vss-pipelines.run-state-changed-event", "41"),
        ("release-deployed", "ms.vss-release.deployment-completed-event", "91"),
        ("work-item-updated", "workitem.updated", "205"),
    ],
)
def test_a_delivery_is_one_event(name: str, event: str, subject: str) -> None:
    [made] = receive(name, {}, allow_unsigned=True)
    state, body = json.loads(made.state), json.loads(delivery(name).body)
    assert (state["type"], state["subject"]) == (f"com.azure.dev.{event}", subject)
    assert state["source"] == "https://dev.azure.com/northquay/6f1f0c7e-2a5b-4a87-9e0e-0c5b8d6a1f11"
    assert (state["id"], state["data"]) == (body["id"], body)


def test_times_of_seven_digits_are_read() -> None:
    [made] = receive("push-of-two-commits", {}, allow_unsigned=True)
    assert json.loads(made.state)["time"] == "2026-03-02T14:30:06.123456Z"


def test_the_button_that_tests_a_subscription_sends_an_example_and_no_event() -> None:
    assert receive("test-of-a-subscription", basic("", SECRET), secret=SECRET) == []
    with pytest.raises(WebhookRefused):
        receive("test-of-a-subscription", {}, secret=SECRET)


@pytest.mark.parametrize("event", [None, "", "push", "git push", "git..push", 7, "a.b\n"])
def test_what_is_no_service_hook_is_refused(event: Any) -> None:
    [receiver] = receivers(settings(allow_unsigned=True))
    body = json.dumps({"eventType": event}).encode()
    with pytest.raises(InvalidInput, match="eventType"):
        receiver.receive(WebhookRequest({"content-type": "application/json"}, body, {}))


@pytest.mark.parametrize(
    "options",
    [
        {"secret": 5},
        {"deployments": 5},
        {"environment": ""},
        {"environments": []},
        {"incident_types": 5},
        {"incident_labels": [None]},
        {"done_states": {"a": "b"}},
    ],
)
def test_settings_that_make_no_sense_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"plugins.azure-devops.{next(iter(options))}"):
        receivers(settings(**options))
