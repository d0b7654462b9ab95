"""Who may send, and what a delivery becomes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from streamgauge import CloudEvent, WebhookRequest
from streamgauge.cloudevents import to_sdk
from streamgauge.errors import InvalidInput, SettingsError, WebhookRefused
from streamgauge.settings import Settings
from streamgauge_gitlab import receivers
from tests.plugins.walk import PAYLOADS
from tests.shared import needs_shared

from .samples import HOST, PAGE, case, request, settings

OLD, NEW = "straw hat", "top hat"
KEYS = {name: "whsec_" + base64.b64encode(name.encode() * 4).decode() for name in (OLD, NEW)}
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PUSH, TAG = case("push-commits"), case("tag-push")


def received(options: Settings, delivery: WebhookRequest) -> Sequence[Any]:
    [receiver] = receivers(options)
    return receiver.receive(delivery)


def shown(token: str, **more: str) -> WebhookRequest:
    return request(PUSH, x_gitlab_token=token, **more)


def signed(key: str, at: datetime = NOW, *, body: bytes | None = None, **more: str) -> Any:
    """A delivery as GitLab signs it with a signing token, received at noon."""
    given = request(PUSH, **more)
    sent = str(int(at.timestamp()))
    message = b".".join((b"d-1", sent.encode(), given.body))
    digest = hmac.new(base64.b64decode(key[6:]), message, hashlib.sha256).digest()
    headers = {
        **given.headers,
        "webhook-id": "d-1",
        "webhook-timestamp": sent,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    return WebhookRequest(headers, given.body if body is None else body, {}, received=NOW)


@pytest.mark.parametrize("token", [OLD, NEW])
def test_each_secret_token_that_is_configured_counts(token: str) -> None:
    assert len(received(settings(secret=[NEW, OLD]), shown(token))) == 1


@pytest.mark.parametrize("token", ["", "straw", "straw hat ", "Straw hat", "\xff"])
def test_every_other_token_is_refused(token: str) -> None:
    with pytest.raises(WebhookRefused) as error:
        received(settings(secret=OLD), shown(token))
    assert OLD not in str(error.value)


def test_a_delivery_without_a_token_is_told_where_to_show_it() -> None:
    with pytest.raises(WebhookRefused, match="X-Gitlab-Token"):
        received(settings(secret=OLD), request(PUSH))


@pytest.mark.parametrize("key", [OLD, NEW])
def test_each_signing_token_that_is_configured_counts(key: str) -> None:
    options = settings(signing_secret=[KEYS[NEW], KEYS[OLD]])
    assert len(received(options, signed(KEYS[key]))) == 1


def test_a_signature_covers_the_body_and_is_of_one_key() -> None:
    options = settings(signing_secret=KEYS[OLD])
    for wrong in (signed(KEYS[NEW]), signed(KEYS[OLD], body=b"{}")):
        with pytest.raises(WebhookRefused, match="does not match"):
            received(options, wrong)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_of_another_time_is_refused(minutes: int) -> None:
    with pytest.raises(WebhookRefused, match="more than"):
        received(
            settings(signing_secret=KEYS[OLD]),
            signed(KEYS[OLD], NOW + timedelta(minutes=minutes)),
        )


def test_a_signature_of_another_version_is_none() -> None:
    given = signed(KEYS[OLD])
    other = given.headers["webhook-signature"].replace("v1,", "v2,")
    headers = {**given.headers, "webhook-signature": other}
    with pytest.raises(WebhookRefused):
        received(
            settings(signing_secret=KEYS[OLD]),
            WebhookRequest(headers, given.body, {}, received=NOW),
        )


def test_whichever_of_both_the_delivery_has_counts() -> None:
    options = settings(secret=NEW, signing_secret=KEYS[OLD])
    for delivery in (shown(NEW), signed(KEYS[OLD]), signed(KEYS[OLD], x_gitlab_token=NEW)):
        assert len(received(options, delivery)) == 1


def test_a_signature_that_is_there_must_fit_whatever_token_is_shown() -> None:
    options = settings(secret=NEW, signing_secret=KEYS[OLD])
    with pytest.raises(WebhookRefused):
        received(options, signed(KEYS[NEW], x_gitlab_token=NEW))


def test_where_only_the_token_is_configured_a_signature_besides_does_no_harm() -> None:
    assert len(received(settings(secret=NEW), signed(KEYS[OLD], x_gitlab_token=NEW))) == 1


@pytest.mark.parametrize("allow", [True, False])
def test_where_only_the_signature_is_configured_it_cannot_be_left_out(allow: bool) -> None:
    options = settings(signing_secret=KEYS[OLD], allow_unsigned=allow)
    for delivery in (request(PUSH), shown(NEW)):
        with pytest.raises(WebhookRefused):
            received(options, delivery)


@pytest.mark.parametrize("options", [{}, {"secret": ""}, {"secret": [], "signing_secret": []}])
def test_without_any_secret_refuses_and_says_what_to_set(options: dict[str, Any]) -> None:
    with pytest.raises(WebhookRefused, match="STREAMGAUGE_GITLAB_SECRET"):
        received(settings(**options), shown(""))


def test_the_secrets_may_come_from_the_environment() -> None:
    by_token = Settings(environ={"STREAMGAUGE_GITLAB_SECRET": OLD})
    by_key = Settings(environ={"STREAMGAUGE_GITLAB_SIGNING_SECRET": KEYS[OLD]})
    assert len(received(by_token, shown(OLD))) == 1
    assert len(received(by_key, signed(KEYS[OLD]))) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"secret": 5},
        {"allow_unsigned": "perhaps"},
        {"incident_labels": 5},
        {"environment": ""},
        {"environments": "production"},
        {"services": {"a/b": ""}},
    ],
)
def test_settings_that_make_no_sense_stop_the_start(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"plugins.gitlab.{next(iter(options))}"):
        receivers(settings(**options))


def test_a_signing_token_that_is_none_stops_the_start_and_is_not_repeated() -> None:
    with pytest.raises(SettingsError, match="whsec_") as error:
        receivers(settings(signing_secret="straw hat!"))
    assert "straw" not in str(error.value)


@needs_shared
@pytest.mark.parametrize("scheme", ["gitlab-x-gitlab-token", "gitlab-signing-token"])
def test_agrees_with_the_vectors(scheme: str) -> None:
    known = json.loads((PAYLOADS / "signatures.json").read_text(encoding="utf-8"))
    vectors = [vector for vector in known if vector["scheme"] == scheme]
    assert vectors
    for vector in vectors:
        name = "signing_secret" if scheme == "gitlab-signing-token" else "secret"
        headers = {"content-type": "application/json", "x-gitlab-event": "Push Hook"}
        headers |= {key.lower(): value for key, value in vector["headers"].items()}
        at = datetime.fromtimestamp(int(headers.get("webhook-timestamp", 0)), UTC)
        body = (PAYLOADS / vector["body_file"]).read_bytes()
        delivery = WebhookRequest(headers, body, {}, received=at)
        try:
            accepted = len(received(settings(**{name: vector["secret"]}), delivery)) == 1
        except WebhookRefused:
            accepted = False
        assert accepted is vector["valid"], vector


def event_of(payload: dict[str, Any], **headers: str) -> CloudEvent:
    [event] = received(settings(allow_unsigned=True), request(payload, **headers))
    return to_sdk(event.state, datetime(2031, 1, 1, tzinfo=UTC))


def test_a_delivery_is_one_event_with_the_payload_that_came() -> None:
    payload = case("deployment-success")
    event = event_of(payload, idempotency_key="k-7")
    assert event.get_type() == "com.gitlab.deployment"
    assert (event.get_source(), event.get_id(), event.get_subject()) == (PAGE, "k-7", "301")
    assert event.get_time() == datetime(2026, 3, 2, 9, 2, tzinfo=UTC)
    assert event.get_data() == payload


def test_the_time_of_a_deletion_is_not_that_of_the_last_change_before() -> None:
    event = event_of(case("project-destroy"), x_gitlab_instance=HOST)
    assert event.get_time() == datetime(2031, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "header", "expected"),
    [
        ("job-success", "Job Hook", "com.gitlab.build"),
        ("issue-confidential", "Confidential Issue Hook", "com.gitlab.issue"),
        ("push-commits", "System Hook", "com.gitlab.push"),
        ("project-create", "Project Hook", "com.gitlab.project_create"),
        ("member", "Member Hook", "com.gitlab.user_add_to_group"),
    ],
)
def test_the_payload_says_what_it_is_not_the_header(name: str, header: str, expected: str) -> None:
    assert event_of(case(name), x_gitlab_event=header).get_type() == expected


def test_a_template_that_drops_the_kind_leaves_the_header() -> None:
    payload = {
        key: value for key, value in PUSH.items() if key not in ("object_kind", "event_name")
    }
    event = event_of(payload, x_gitlab_event="Merge Request Hook")
    assert event.get_type() == "com.gitlab.merge_request"


def test_what_names_no_project_is_from_the_instance() -> None:
    assert event_of(case("member"), x_gitlab_instance=HOST).get_source() == HOST
    assert event_of(case("member")).get_source() == "gitlab"
    assert event_of(case("member"), x_gitlab_instance="no address").get_source() == "gitlab"


def test_an_id_that_a_redelivery_keeps_is_the_events_else_one_of_the_body() -> None:
    assert event_of(PUSH, webhook_id="w-1").get_id() == "w-1"
    assert event_of(PUSH).get_id() == event_of(PUSH).get_id() != event_of(TAG).get_id()


@pytest.mark.parametrize("header", ["", "Push/Hook", "\xe9"])
def test_what_is_no_webhook_of_gitlab_is_refused(header: str) -> None:
    with pytest.raises(InvalidInput) as error:
        received(settings(allow_unsigned=True), request(PUSH, x_gitlab_event=header))
    assert error.value.where == "X-Gitlab-Event"
