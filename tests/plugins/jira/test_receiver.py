"""The receiver: who is let in, and what a delivery becomes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from streamgauge import Event, WebhookRequest
from streamgauge.errors import InvalidInput, SettingsError, WebhookRefused
from streamgauge_jira import receivers

from .samples import delivery, settings

SECRET = "quayside"
BODY = delivery("issue-created").body


def sign(secret: str, body: bytes = BODY) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def receive(
    headers: dict[str, str], query: dict[str, str] | None = None, body: bytes = BODY, **options: Any
) -> list[Event]:
    [receiver] = receivers(settings(**options))
    given = {"content-type": "application/json; charset=UTF-8", **headers}
    return list(receiver.receive(WebhookRequest(given, body, query or {})))


@pytest.mark.parametrize("secret", ["quayside", "the next one"])
def test_a_signature_under_any_valid_secret_is_accepted(secret: str) -> None:
    signed = {"x-hub-signature": sign(secret)}
    assert len(receive(signed, secret=["the next one", SECRET])) == 1


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, {"secret": SECRET}),
        ({"authorization": f"Bearer {SECRET}"}, {}),
        ({"authorization": f"Basic {base64.b64encode(b'jira:quayside').decode()}"}, {}),
    ],
)
def test_a_data_center_that_does_not_sign_shows_the_secret(
    headers: dict[str, str], query: dict[str, str]
) -> None:
    assert len(receive(headers, query, secret=SECRET)) == 1


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, {}),
        ({}, {"secret": "wrong"}),
        ({"x-hub-signature": sign("wrong")}, {}),
        ({"x-hub-signature": sign(SECRET, b"another body")}, {}),
        ({"x-hub-signature": sign(SECRET).removeprefix("sha256=")}, {}),
        ({"x-hub-signature": "sha1=" + hmac.new(b"quayside", BODY, "sha1").hexdigest()}, {}),
        ({"x-hub-signature-256": sign(SECRET)}, {}),
        # Who signs is held to it: the secret beside a wrong signature counts for nothing.
        ({"x-hub-signature": sign("wrong")}, {"secret": SECRET}),
        ({"x-hub-signature": ""}, {"secret": SECRET}),
    ],
)
def test_anything_else_is_refused(headers: dict[str, str], query: dict[str, str]) -> None:
    with pytest.raises(WebhookRefused):
        receive(headers, query, secret=SECRET)


def test_a_delivery_is_one_event_and_so_it_is_when_it_is_tried_again() -> None:
    headers = {"x-atlassian-webhook-identifier": "c1a0"}
    [first] = receive(headers, allow_unsigned=True)
    [second] = receive({**headers, "x-atlassian-webhook-retry": "1"}, allow_unsigned=True)
    assert first.state == second.state
    state = json.loads(first.state)
    assert (state["id"], state["type"]) == ("c1a0", "com.atlassian.jira.issue_created")
    assert (state["source"], state["subject"]) == ("https://northquay.atlassian.net", "FER-12")
    assert state["time"] == "2026-03-02T09:00:00.300000Z"
    assert state["data"] == json.loads(BODY)


def test_without_an_identifier_the_body_makes_the_id() -> None:
    [first], [second] = receive({}, allow_unsigned=True), receive({}, allow_unsigned=True)
    [other] = receive({}, body=delivery("issue-deleted").body, allow_unsigned=True)
    assert first.id == second.id != other.id


@pytest.mark.parametrize("event", [None, "", "jira:", "Issue Created", "jira:issue-created", 7])
def test_what_no_jira_sends_is_refused(event: Any) -> None:
    body = json.dumps({"webhookEvent": event}).encode()
    with pytest.raises(InvalidInput, match="webhookEvent"):
        receive({}, body=body, allow_unsigned=True)


@pytest.mark.parametrize(
    "options",
    [
        {"secret": 5},
        {"deployments": 5},
        {"environment": ""},
        {"environment_field": 5},
        {"service_field": ""},
        {"incident_types": 5},
        {"incident_labels": [None]},
        {"done_statuses": {"a": "b"}},
    ],
)
def test_settings_that_make_no_sense_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"plugins.jira.{next(iter(options))}"):
        receivers(settings(**options))
