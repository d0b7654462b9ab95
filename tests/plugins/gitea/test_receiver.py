"""Who may send, and what a delivery becomes."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from streamgauge import CloudEvent, WebhookRequest
from streamgauge.cloudevents import to_sdk
from streamgauge.errors import InvalidInput, SettingsError, UnsupportedMediaType, WebhookRefused
from streamgauge_gitea import receivers
from streamgauge_github import receivers as github_receivers
from tests.plugins.walk import PAYLOADS
from tests.shared import needs_shared

from .samples import PAGE, Payload, case, request, settings

OLD, NEW = "straw hat", "top hat \u20ac"
PUSH = case("push-commits")
FORM = "application/x-www-form-urlencoded"
HEADERS = ("X-Forgejo-Signature", "X-Gitea-Signature", "X-Hub-Signature-256")


def digest(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed(secret: str, *names: str) -> WebhookRequest:
    """A delivery with a signature in these headers, as Gitea and Forgejo make them."""
    given = request(PUSH, "push")
    made = digest(secret, given.body)
    headers = {
        name.lower(): f"sha256={made}" if name.startswith("X-Hub") else made for name in names
    }
    return WebhookRequest({**given.headers, **headers}, given.body, {})


def received(delivery: WebhookRequest, **options: Any) -> Sequence[Any]:
    [receiver] = receivers(settings(**options))
    return receiver.receive(delivery)


def changed(delivery: WebhookRequest, **headers: str) -> WebhookRequest:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest({**delivery.headers, **given}, delivery.body, {})


@pytest.mark.parametrize("secret", [OLD, NEW])
@pytest.mark.parametrize("names", [*((name,) for name in HEADERS), HEADERS])
def test_each_secret_counts_in_each_of_the_headers(names: tuple[str, ...], secret: str) -> None:
    assert len(received(signed(secret, *names), secret=[NEW, OLD])) == 1


@pytest.mark.parametrize("name", HEADERS)
def test_every_other_signature_is_refused(name: str) -> None:
    good = signed(OLD, name)
    value = good.headers[name.lower()]
    for wrong in (value[:-1], value[::-1], value.upper(), "sha1=" + value[-40:], "\xff", "sha256="):
        with pytest.raises(WebhookRefused) as error:
            received(
                WebhookRequest({**good.headers, name.lower(): wrong}, good.body, {}), secret=OLD
            )
        assert OLD not in str(error.value)
    with pytest.raises(WebhookRefused):
        received(WebhookRequest(good.headers, good.body + b" ", {}), secret=OLD)
    with pytest.raises(WebhookRefused):
        received(good, secret=NEW)


def test_the_first_of_the_headers_decides() -> None:
    good = signed(OLD, *HEADERS)
    with pytest.raises(WebhookRefused):
        received(changed(good, x_forgejo_signature="0" * 64), secret=OLD)


@pytest.mark.parametrize("empty", [{}, {"x_gitea_signature": ""}])
def test_a_webhook_without_a_secret_is_told_so(empty: dict[str, str]) -> None:
    with pytest.raises(WebhookRefused, match="not signed"):
        received(request(PUSH, "push", **empty), secret=OLD, allow_unsigned=True)


@pytest.mark.parametrize("options", [{}, {"secret": ""}, {"secret": []}])
def test_without_a_secret_refuses_and_says_what_to_set(options: dict[str, Any]) -> None:
    with pytest.raises(WebhookRefused, match="STREAMGAUGE_GITEA_SECRET"):
        received(signed("", *HEADERS), **options)


@pytest.mark.parametrize(
    "options",
    [
        {"secret": 5},
        {"allow_unsigned": "perhaps"},
        {"incident_labels": 5},
        {"deployments": 5},
        {"environment": ""},
        {"environments": "production"},
        {"services": {"a/b": ""}},
    ],
)
def test_settings_that_make_no_sense_stop_the_start(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"plugins.gitea.{next(iter(options))}"):
        receivers(settings(**options))


def form(secret: str, *, over_form: bool) -> WebhookRequest:
    payload = json.dumps(PUSH).encode()
    body = urlencode({"payload": payload}).encode()
    headers = {
        "content-type": FORM,
        "x-gitea-event": "push",
        "x-gitea-signature": digest(secret, body if over_form else payload),
    }
    return WebhookRequest(headers, body, {})


def test_a_form_is_signed_as_its_payload_was_before() -> None:
    assert len(received(form(OLD, over_form=False), secret=OLD)) == 1
    with pytest.raises(WebhookRefused):
        received(form(OLD, over_form=True), secret=OLD)


def test_any_other_type_is_refused() -> None:
    with pytest.raises(UnsupportedMediaType):
        received(changed(signed(OLD, *HEADERS), content_type="text/plain"), secret=OLD)


@needs_shared
def test_agrees_with_the_vectors() -> None:
    known = json.loads((PAYLOADS / "signatures.json").read_text(encoding="utf-8"))
    for vector in known:
        body = PAYLOADS / vector.get("body_file", "-")
        if vector["scheme"].split("-")[0] not in ("gitea", "forgejo") or not body.exists():
            continue
        headers = {key.lower(): value for key, value in vector["headers"].items()}
        given = {"content-type": "application/json", "x-gitea-event": "push", **headers}
        delivery = WebhookRequest(given, body.read_bytes(), {})
        assert (len(received(delivery, secret=vector["secret"])) == 1) is vector["valid"]


def event_of(payload: Payload, event: str, **headers: str) -> CloudEvent:
    [made] = received(request(payload, event, **headers), allow_unsigned=True)
    return to_sdk(made.state, datetime(2031, 1, 1, tzinfo=UTC))


def test_a_delivery_is_one_event_with_the_payload_that_came() -> None:
    payload = case("pull-request-opened")
    event = event_of(payload, "pull_request")
    assert event.get_type() == "com.gitea.pull_request"
    assert (event.get_source(), event.get_subject()) == (PAGE, "12")
    assert event.get_time() == datetime(2026, 3, 1, 17, 2, 40, tzinfo=UTC)
    assert event.get_data() == payload


def test_forgejos_delivery_has_a_type_of_its_own() -> None:
    event = event_of(PUSH, "push", x_forgejo_event="push")
    assert event.get_type() == "org.forgejo.push"


def test_where_the_name_is_empty_the_type_is_the_name() -> None:
    event = event_of(case("package-pypi"), "", x_gitea_event_type="package")
    assert event.get_type() == "com.gitea.package"
    assert event.get_source() == PAGE


def test_a_package_of_no_repository_is_from_its_page() -> None:
    event = event_of(case("package-of-no-repository"), "package")
    assert event.get_source().endswith("/ferries/-/packages/nuget/Booking/1.4.0")


def test_a_redelivery_under_another_delivery_id_is_the_same_event() -> None:
    one = event_of(PUSH, "push", x_gitea_delivery="d-1")
    assert one.get_id() == event_of(PUSH, "push", x_gitea_delivery="d-2").get_id()
    assert one.get_id() != event_of(case("push-tag"), "push").get_id()


@pytest.mark.parametrize("name", ["package-deleted", "repository-deleted"])
def test_the_time_of_a_deletion_is_not_that_of_the_last_change_before(name: str) -> None:
    event = event_of(case(name), name.partition("-")[0])
    assert event.get_time() == datetime(2031, 1, 1, tzinfo=UTC)


def test_what_github_sends_is_refused_and_told_where_to() -> None:
    delivery = WebhookRequest(
        {"content-type": "application/json", "x-github-event": "push", "x-github-delivery": "d"},
        b"{}",
        {},
    )
    with pytest.raises(InvalidInput, match="/webhooks/github"):
        received(delivery, allow_unsigned=True)


def test_githubs_receiver_refuses_what_gitea_sends_and_says_where_to() -> None:
    delivery = changed(signed(OLD, *HEADERS), x_github_event="push", x_github_delivery="d-1")
    [receiver] = github_receivers(type(settings())(environ={"STREAMGAUGE_GITHUB_SECRET": OLD}))
    with pytest.raises(InvalidInput, match="/webhooks/gitea"):
        receiver.receive(delivery)


@pytest.mark.parametrize("name", ["", "Push", "push/1", "\xe9"])
def test_a_name_that_gitea_does_not_send_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as error:
        received(request(PUSH, name), allow_unsigned=True)
    assert error.value.where == "X-Gitea-Event"


def test_what_has_no_header_of_gitea_is_refused() -> None:
    delivery = WebhookRequest({"content-type": "application/json"}, b"{}", {})
    with pytest.raises(InvalidInput, match="no webhook of Gitea or Forgejo"):
        received(delivery, allow_unsigned=True)
