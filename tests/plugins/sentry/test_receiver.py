"""Who may send, and the CloudEvent that a hook becomes."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from streamgauge.cloudevents.json_format import content_of
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.json_codec import decode
from streamgauge.plugins import Plugins
from streamgauge.sources import moment
from streamgauge.webhooks import WebhookRequest
from streamgauge_sentry.receiver import TIMESTAMP
from tests.shared import SHARED, needs_shared

from .samples import alert, hook, issue, metric, settings

OLD, NEW = "straw hat", "top hat"
RESOLVED = issue("resolved", 30)
NOW = timedelta()


def receive(
    request: WebhookRequest, secret: Any = NEW, *, later: timedelta = NOW, **headers: str
) -> list[Any]:
    """What comes of a hook that is received so much later than it says it was sent."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = moment(request.header(TIMESTAMP))
    given = dataclasses.replace(
        request,
        headers={**request.headers, **named},
        received=request.received if sent is None else sent + later,
    )
    return [*Plugins(settings(secret=secret)).receivers["sentry"].receive(given)]


def sign(secret: str, body: bytes = RESOLVED.body) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def attributes(request: WebhookRequest) -> dict[str, Any]:
    [event] = Plugins(settings(allow_unsigned=True)).receivers["sentry"].receive(request)
    return dict(content_of(decode(event.state)).attributes)


def test_the_body_is_signed_with_the_client_secret() -> None:
    assert len(receive(RESOLVED, sentry_hook_signature=sign(NEW))) == 1
    assert len(receive(RESOLVED, [OLD, NEW], sentry_hook_signature=sign(NEW))) == 1


@pytest.mark.parametrize(
    "signature", [sign(OLD), sign(NEW, RESOLVED.body + b" "), sign(NEW)[:-1], "é"]
)
def test_other_signatures_are_refused(signature: str) -> None:
    with pytest.raises(WebhookRefused, match="does not match the body"):
        receive(RESOLVED, sentry_hook_signature=signature)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_hook_of_another_time_is_refused(minutes: int) -> None:
    signature = sign(NEW)
    for taken in (-4, 4):
        later = timedelta(minutes=taken)
        assert receive(RESOLVED, later=later, sentry_hook_signature=signature)
    with pytest.raises(WebhookRefused, match="more than 0:05:00 from now"):
        receive(RESOLVED, later=timedelta(minutes=minutes), sentry_hook_signature=signature)


def test_a_hook_without_a_signature_is_refused() -> None:
    with pytest.raises(WebhookRefused, match="not signed"):
        receive(RESOLVED)


@needs_shared
@pytest.mark.parametrize("number", range(2))
def test_the_vectors_hold(number: int) -> None:
    vectors = json.loads((SHARED / "payloads/signatures.json").read_bytes())
    vector = [each for each in vectors if each["scheme"] == "sentry-hook-signature"][number]
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    body = (SHARED / "payloads" / vector["body_file"]).read_bytes()
    request = WebhookRequest({"content-type": "application/json", **headers}, body, {})
    assert len(receive(request, vector["secret"])) == 1
    with pytest.raises(WebhookRefused):
        receive(dataclasses.replace(request, body=body + b" "), vector["secret"])


def test_a_hook_is_an_event_of_the_time_it_was_sent() -> None:
    made = attributes(RESOLVED)
    assert made == {
        "specversion": "1.0",
        "id": made["id"],
        "source": "https://sentry.io",
        "type": "io.sentry.issue.resolved",
        "subject": "71",
        "time": "2026-03-02T12:30:00Z",
        "datacontenttype": "application/json",
    }


def test_the_same_to_the_letter_at_another_time_is_another_event() -> None:
    again = dict(RESOLVED.headers) | {"sentry-hook-timestamp": "1772460000"}
    other = attributes(dataclasses.replace(RESOLVED, headers=again))
    assert other["id"] != attributes(RESOLVED)["id"]


def test_the_source_is_the_sentry_that_a_page_names() -> None:
    page = "https://sentry.hatworks.example:8443/organizations/hatworks/issues/71/"
    for request in (
        issue("created", 0, web_url=page),
        issue("created", 0, permalink=page),
        alert(0, web_url=page),
        hook("metric_alert", "critical", RESOLVED.received, {"web_url": page}),
    ):
        assert attributes(request)["source"] == "https://sentry.hatworks.example:8443"


def test_the_subject_is_what_a_hook_is_about() -> None:
    assert attributes(alert(0))["subject"] == "71"
    assert attributes(metric("critical", 0))["subject"] == "88"


def test_a_hook_without_a_time_is_an_event_without_one() -> None:
    headers = {k: v for k, v in RESOLVED.headers.items() if k != "sentry-hook-timestamp"}
    assert "time" not in attributes(dataclasses.replace(RESOLVED, headers=headers))


@pytest.mark.parametrize("action", ["", "a b", "a" * 41])
def test_what_has_no_action_is_refused(action: str) -> None:
    with pytest.raises(InvalidInput, match="is this a webhook of Sentry"):
        attributes(issue(action, 0))


def test_what_names_no_resource_is_refused() -> None:
    headers = {"content-type": "application/json"}
    with pytest.raises(InvalidInput, match="is this a webhook of Sentry"):
        attributes(dataclasses.replace(RESOLVED, headers=headers))
