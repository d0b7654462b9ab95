"""The receiver: who is let in, and what a delivery becomes."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from streamgauge import Event, WebhookRequest
from streamgauge.errors import InvalidInput, SettingsError, WebhookRefused
from streamgauge.plugins import Plugins
from streamgauge_bitbucket import receivers
from tests.shared import SHARED

from .samples import delivery, settings

OLD, NEW = "a secret", "another, with a comma"


def sign(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def receive(request: WebhookRequest, **options: Any) -> list[Event]:
    [receiver] = receivers(settings(**options))
    return list(receiver.receive(request))


def signed(name: str, signature: str | None) -> WebhookRequest:
    request = delivery(name)
    given = {} if signature is None else {"x-hub-signature": signature}
    return WebhookRequest({**request.headers, **given}, request.body, {})


@pytest.mark.parametrize("name", ["push-of-a-merge", "data-center-pull-request-merged"])
@pytest.mark.parametrize("secret", [OLD, NEW])
def test_a_signature_under_any_valid_secret_is_accepted(name: str, secret: str) -> None:
    request = signed(name, sign(secret, delivery(name).body))
    assert len(receive(request, secret=[NEW, OLD])) == 1


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        sign("wrong", delivery("push-of-a-merge").body),
        sign(OLD, b"another body"),
        sign(OLD, delivery("push-of-a-merge").body).removeprefix("sha256="),
        "sha1=" + hmac.new(OLD.encode(), delivery("push-of-a-merge").body, "sha1").hexdigest(),
        "sha256=é",
    ],
)
def test_anything_else_is_refused(signature: str | None) -> None:
    with pytest.raises(WebhookRefused):
        receive(signed("push-of-a-merge", signature), secret=OLD)


def test_githubs_header_is_not_bitbuckets() -> None:
    request = delivery("push-of-a-merge")
    headers = {**request.headers, "x-hub-signature-256": sign(OLD, request.body)}
    with pytest.raises(WebhookRefused):
        receive(WebhookRequest(headers, request.body, {}), secret=OLD)


def test_the_connection_test_of_a_data_center_needs_the_secret_too() -> None:
    name = "data-center-connection-tested"
    assert receive(signed(name, sign(OLD, delivery(name).body)), secret=OLD) == []
    with pytest.raises(WebhookRefused):
        receive(signed(name, None), secret=OLD)


@pytest.mark.parametrize("name", ["push-of-a-merge", "data-center-push-with-commits"])
def test_a_delivery_that_is_tried_again_is_one_event(name: str) -> None:
    request = delivery(name)
    again = WebhookRequest({**request.headers, "x-attempt-number": "2"}, request.body, {})
    [first], [second] = (receive(each, allow_unsigned=True) for each in (request, again))
    assert first.state == second.state
    assert first.id in (
        request.header("X-Request-UUID"),
        request.header("X-Request-Id"),
    )


@pytest.mark.parametrize(
    ("name", "type", "source", "subject", "time"),
    [
        ("push-of-a-merge", "repo.push", "https://bitbucket.org/northquay/timetable", "main",
         "2026-03-02T14:30:00Z"),
        ("pull-request-approved", "pullrequest.approved",
         "https://bitbucket.org/northquay/timetable", "7", "2026-03-02T13:00:00.500000Z"),
        ("status-successful", "repo.commit_status_updated",
         "https://bitbucket.org/northquay/timetable", "tests", "2026-03-02T14:36:00.750000Z"),
        ("data-center-pull-request-needs-work", "pr.reviewer.needs_work",
         "https://git.northquay.example/bitbucket/projects/FER/repos/boards", "12",
         "2026-03-02T14:30:05Z"),
        ("data-center-tag", "repo.refs_changed",
         "https://git.northquay.example/bitbucket/projects/FER/repos/boards", "refs/tags/v2",
         "2026-03-02T14:30:05Z"),
    ],
)  # fmt: skip
def test_a_delivery_is_one_event(
    name: str, type: str, source: str, subject: str, time: str
) -> None:
    [event] = receive(delivery(name), allow_unsigned=True)
    state = json.loads(event.state)
    assert state["type"] == f"org.bitbucket.{type}"
    assert (state["source"], state["subject"], state["time"]) == (source, subject, time)
    assert state["data"] == json.loads(delivery(name).body)


@pytest.mark.parametrize("key", ["", "push", "repo:Push", "repo push"])
def test_what_no_bitbucket_sends_is_refused(key: str) -> None:
    headers = {"content-type": "application/json", "x-event-key": key}
    with pytest.raises(InvalidInput):
        receive(WebhookRequest(headers, b"{}", {}), allow_unsigned=True)


@pytest.mark.parametrize(
    "options",
    [{"secret": 5}, {"deployments": 5}, {"environments": "production"}, {"services": {"a": 1}}],
)
def test_settings_that_make_no_sense_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"plugins.bitbucket.{next(iter(options))}"):
        receivers(settings(**options))
    plugins = Plugins(settings(**options))
    [error] = [each.error for each in plugins.plugins if each.name == "bitbucket"]
    assert error is not None


VECTORS = SHARED / "payloads" / "signatures.json"


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared payloads are not here")
def test_agrees_with_the_published_vectors() -> None:
    scheme = "bitbucket-x-hub-signature"
    found = [v for v in json.loads(VECTORS.read_text()) if v["scheme"] == scheme]
    files = [(v, SHARED / "payloads" / v["body_file"]) for v in found]
    present = [(v, file) for v, file in files if file.exists()]
    if not present:
        pytest.skip("their bodies are not here")
    for vector, file in present:
        headers = {name.lower(): value for name, value in vector["headers"].items()}
        base = {"content-type": "application/json", "x-event-key": "repo:push"}
        request = WebhookRequest({**base, **headers}, file.read_bytes(), {})
        if vector["valid"]:
            assert len(receive(request, secret=vector["secret"])) == 1
        else:
            with pytest.raises(WebhookRefused):
                receive(request, secret=vector["secret"])
