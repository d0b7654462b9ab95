"""Each scheme takes what its tool has signed, and nothing else.

The published vectors are not part of this project: they are skipped where they are not at hand.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import WebhookRequest
from streamgauge.errors import SettingsError, WebhookRefused
from streamgauge.settings import Settings
from streamgauge.sources import (
    ByHeader,
    Check,
    Options,
    Secrets,
    SharedSecret,
    Signed,
    StandardWebhooks,
)
from tests.shared import SHARED

PAYLOADS = SHARED / "payloads"
VECTORS: list[Any] = (
    json.loads((PAYLOADS / "signatures.json").read_text("utf-8")) if PAYLOADS.is_dir() else []
)

BODY = '{"hat": "hôtel €"}'.encode()
OLD, NEW = b"the one before", "die neue, größer".encode()
SIGNED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = base64.b64encode(b"k" * 24)


def secrets(*values: bytes, allow_unsigned: bool = False) -> Secrets:
    return Secrets("rocket", values, allow_unsigned)


def signed(*headers: str, prefix: str = "") -> Callable[[Secrets], Check]:
    return lambda values: Signed(values, headers, prefix)


def shared(*headers: str) -> Callable[[Secrets], Check]:
    return lambda values: SharedSecret(values, headers)


SCHEMES: dict[str, Callable[[Secrets], Check]] = {
    "bitbucket-x-hub-signature": signed("X-Hub-Signature", prefix="sha256="),
    "circleci-v1": signed("circleci-signature", prefix="v1="),
    "flux-generic-hmac": signed("X-Signature", prefix="sha256="),
    "forgejo-x-forgejo-signature": signed("X-Forgejo-Signature", "X-Gitea-Signature"),
    "gitea-x-gitea-signature": signed("X-Gitea-Signature"),
    "github-x-hub-signature-256": signed("X-Hub-Signature-256", prefix="sha256="),
    "gitlab-signing-token": StandardWebhooks,
    "gitlab-x-gitlab-token": shared("X-Gitlab-Token"),
    "pagerduty-v3": signed("X-PagerDuty-Signature", prefix="v1="),
    "sentry-hook-signature": signed("Sentry-Hook-Signature"),
    "standard-webhooks": StandardWebhooks,
}
"""How the kit checks each scheme of the vectors."""

OF_A_PLUGIN = {"grafana-alerting-hmac"}
"""Schemes that only one tool has: its plugin checks them, and its tests."""


def request(
    body: bytes = BODY,
    *,
    query: dict[str, str] | None = None,
    received: datetime = SIGNED_AT,
    **headers: str,
) -> WebhookRequest:
    named = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest(named, body, query or {}, received=received)


def hexadecimal(secret: bytes, body: bytes = BODY) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def latin(text: bytes) -> str:
    """Bytes as a header that was read."""
    return text.decode("latin-1")


def takes(check: Check, given_request: WebhookRequest) -> bool:
    try:
        check(given_request)
    except WebhookRefused:
        return False
    return True


# The vectors


def test_every_scheme_of_the_vectors_is_in_the_table() -> None:
    assert {each["scheme"] for each in VECTORS} <= set(SCHEMES) | OF_A_PLUGIN


@pytest.mark.parametrize(
    "vector",
    [each for each in VECTORS if each["scheme"] in SCHEMES],
    ids=lambda each: f"{each['scheme']}-{each.get('body_file') or each['body'][:20]}",
)
def test_a_published_vector(vector: dict[str, Any]) -> None:
    if "body_file" in vector and not (PAYLOADS / vector["body_file"]).exists():
        pytest.skip(f"{vector['body_file']} is not among the payloads")
    body = (
        (PAYLOADS / vector["body_file"]).read_bytes()
        if "body_file" in vector
        else vector["body"].encode()
    )
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    at = datetime.fromtimestamp(int(headers.get("webhook-timestamp", "0")), UTC)
    given_request = WebhookRequest(headers, body, {}, received=at)
    check = SCHEMES[vector["scheme"]]
    secret = vector["secret"].encode()
    assert takes(check(secrets(secret)), given_request) is vector["valid"]
    assert takes(check(secrets(KEY, secret, KEY)), given_request) is vector["valid"]
    assert not takes(check(secrets(KEY)), given_request)
    assert not takes(check(secrets(secret)), dataclasses.replace(given_request, headers={}))
    if vector["scheme"] != "gitlab-x-gitlab-token":
        other = dataclasses.replace(given_request, body=body + b" ")
        assert not takes(check(secrets(secret)), other)


# Every scheme


def standard(secret: bytes, at: datetime = SIGNED_AT, identity: str = "msg_1") -> dict[str, str]:
    sent = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix(b"whsec_"))
    content = identity.encode("latin-1") + b"." + sent.encode() + b"." + BODY
    digest = hmac.new(key, content, hashlib.sha256).digest()
    return {
        "webhook_id": identity,
        "webhook_timestamp": sent,
        "webhook_signature": f"v1,{base64.b64encode(digest).decode()}",
    }


WAYS: dict[str, tuple[Callable[[Secrets], Check], Callable[[bytes], dict[str, str]]]] = {
    "signed": (signed("X-Sign", prefix="v1="), lambda s: {"x_sign": f"v1={hexadecimal(s)}"}),
    "signed, no prefix": (signed("X-Sign"), lambda s: {"x_sign": hexadecimal(s)}),
    "standard webhooks": (StandardWebhooks, standard),
    "a header": (shared("X-Token"), lambda s: {"x_token": latin(s)}),
    "bearer": (shared(), lambda s: {"authorization": f"Bearer {latin(s)}"}),
    "authorization to the letter": (shared(), lambda s: {"authorization": latin(s)}),
    "basic": (
        shared(),
        lambda s: {"authorization": f"Basic {base64.b64encode(b'kim:' + s).decode()}"},
    ),
}
"""A check, and the headers that satisfy it."""


@pytest.mark.parametrize("way", WAYS)
def test_any_of_several_secrets_may_be_the_one_that_was_used(way: str) -> None:
    check, headers = WAYS[way]
    one, other, third = (base64.b64encode(each * 24) for each in (b"a", b"b", b"c"))
    for used in (one, other):
        assert takes(check(secrets(one, other)), request(**headers(used)))
    assert not takes(check(secrets(one, other)), request(**headers(third)))


@pytest.mark.parametrize("way", WAYS)
def test_without_a_secret_all_is_refused_or_with_permission_all_is_taken(way: str) -> None:
    check, headers = WAYS[way]
    for given_headers in ({}, headers(KEY)):
        with pytest.raises(WebhookRefused, match=r"\[plugins\.rocket\].*STREAMGAUGE_ROCKET_SECRET"):
            check(secrets())(request(**given_headers))
        check(secrets(allow_unsigned=True))(request(**given_headers))


@pytest.mark.parametrize("way", WAYS)
def test_a_permission_to_do_without_does_not_hold_where_there_is_a_secret(way: str) -> None:
    check, headers = WAYS[way]
    assert not takes(check(secrets(KEY, allow_unsigned=True)), request())
    assert takes(check(secrets(KEY, allow_unsigned=True)), request(**headers(KEY)))


@pytest.mark.parametrize("way", WAYS)
def test_an_empty_header_is_none(way: str) -> None:
    check, headers = WAYS[way]
    assert not takes(check(secrets(KEY)), request(**dict.fromkeys(headers(KEY), "")))


@pytest.mark.parametrize("way", WAYS)
def test_no_reason_repeats_a_secret(way: str) -> None:
    check, headers = WAYS[way]
    wrong = base64.b64encode(b"w" * 24)
    with pytest.raises(WebhookRefused) as refused:
        check(secrets(KEY))(request(**headers(wrong)))
    for secret in (KEY, wrong):
        assert secret.decode() not in str(refused.value)


@pytest.mark.parametrize("way", WAYS)
def test_every_secret_is_compared_in_constant_time(way: str) -> None:
    check, headers = WAYS[way]
    others = [base64.b64encode(bytes([each]) * 24) for each in range(3)]
    with mock.patch.object(hmac, "compare_digest", wraps=hmac.compare_digest) as compare:
        assert takes(check(secrets(KEY, *others)), request(**headers(KEY)))
    assert compare.call_count >= 4


@given(
    st.sampled_from(sorted(WAYS)),
    st.dictionaries(
        st.sampled_from(
            ["x-sign", "x-token", "authorization", "webhook-id", "webhook-timestamp",
             "webhook-signature"]
        ),
        st.text(st.characters(max_codepoint=255), max_size=40)
        | st.sampled_from(["v1=", "v1,", "Bearer ", "Basic ====", "v1=ä", "1e400", "-1", "9" * 21]),
    ),
    st.dictionaries(st.just("secret"), st.text(max_size=5)),
    st.binary(max_size=20),
)  # fmt: skip
def test_whatever_is_sent_is_refused_and_nothing_else_is_raised(
    way: str, headers: dict[str, str], query: dict[str, str], body: bytes
) -> None:
    check, _ = WAYS[way]
    assert not takes(check(secrets(KEY)), WebhookRequest(headers, body, query))


# A hexadecimal signature


@pytest.mark.parametrize("secret", [OLD, NEW, b"\xff\x00", b"s" * 300])
def test_the_signature_is_of_the_bytes_as_they_came(secret: bytes) -> None:
    check = signed("X-Sign", prefix="sha256=")(secrets(secret))
    good = f"sha256={hexadecimal(secret)}"
    assert takes(check, request(x_sign=good))
    for body in (BODY.decode().encode("utf-16"), BODY + b"\n", b"", BODY.replace(b" ", b"")):
        assert not takes(check, request(body, x_sign=good))


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("v1={good}", True),
        ("v1={bad},v1={good}", True),
        ("v1={good}, v1={bad}", True),
        ("v2={bad} v1={good}", True),
        ("v1={bad}", False),
        ("v2={good}", False),  # another version, which may mean something else
        ("{good}", False),
        ("v1=", False),
        ("v1={good}0", False),
        ("v1={upper}", False),
        ("v1={good};v1={bad}", False),
        (",", False),
    ],
)
def test_a_list_of_signatures_counts_where_one_of_the_version_fits(value: str, fits: bool) -> None:
    good, bad = hexadecimal(NEW), hexadecimal(OLD)
    header = value.format(good=good, bad=bad, upper=good.upper())
    assert takes(signed("X-Sign", prefix="v1=")(secrets(NEW)), request(x_sign=header)) is fits


def test_every_signature_of_a_list_is_compared() -> None:
    header = ",".join(f"v1={hexadecimal(each)}" for each in (NEW, OLD, OLD))
    with mock.patch.object(hmac, "compare_digest", wraps=hmac.compare_digest) as compare:
        signed("X-Sign", prefix="v1=")(secrets(NEW, OLD))(request(x_sign=header))
    assert compare.call_count == 6


@pytest.mark.parametrize(
    ("name", "item", "between"),
    [("x-sign", "v1=a", ","), ("x-sign", "v1=", " "), ("webhook-signature", "v1,a", " ")],
)
def test_the_body_is_signed_once_for_each_secret_however_many_signatures_there_are(
    name: str, item: str, between: str
) -> None:
    """Who knows no secret must not be able to keep the service busy."""
    keys = secrets(KEY, base64.b64encode(b"x" * 24))
    check = StandardWebhooks(keys) if "webhook" in name else signed("X-Sign", prefix="v1=")(keys)
    headers = {**standard(KEY), name: between.join([item] * 1000)}
    with mock.patch.object(hmac, "new", wraps=hmac.new) as new:
        assert not takes(check, request(**headers))
    assert new.call_count == 2


def test_the_best_header_that_is_there_decides() -> None:
    check = signed("X-New-Sign", "X-Old-Sign")(secrets(NEW))
    good, bad = hexadecimal(NEW), hexadecimal(OLD)
    assert takes(check, request(x_old_sign=good))
    assert takes(check, request(x_new_sign=good, x_old_sign=bad))
    assert not takes(check, request(x_new_sign=bad, x_old_sign=good))
    with pytest.raises(WebhookRefused, match=r"^X-New-Sign: the delivery is not signed"):
        check(request())


# Standard Webhooks


@pytest.mark.parametrize(
    ("seconds", "fits"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)]
)
def test_the_time_may_be_five_minutes_from_ours_on_either_side(seconds: int, fits: bool) -> None:
    given_request = request(received=SIGNED_AT + timedelta(seconds=seconds), **standard(KEY))
    assert takes(StandardWebhooks(secrets(KEY)), given_request) is fits


def test_the_window_can_be_another() -> None:
    late = request(received=SIGNED_AT + timedelta(minutes=30), **standard(KEY))
    assert takes(StandardWebhooks(secrets(KEY), timedelta(hours=1)), late)


def test_that_it_is_too_old_is_only_told_to_who_has_the_secret() -> None:
    late = request(received=SIGNED_AT + timedelta(days=1), **standard(KEY))
    with pytest.raises(WebhookRefused, match=r"more than 0:05:00 from now"):
        StandardWebhooks(secrets(KEY))(late)
    with pytest.raises(WebhookRefused, match="does not match"):
        StandardWebhooks(secrets(base64.b64encode(b"x" * 24)))(late)


@pytest.mark.parametrize("name", ["webhook_id", "webhook_timestamp", "webhook_signature"])
def test_id_time_and_signature_are_needed_and_signed(name: str) -> None:
    headers = standard(KEY)
    check = StandardWebhooks(secrets(KEY))
    assert takes(check, request(**headers))
    assert not takes(check, request(**{key: v for key, v in headers.items() if key != name}))
    for other in (f"{headers[name]}1", "", "ä", "nothing"):
        assert not takes(check, request(**{**headers, name: other}))


def test_an_id_may_have_any_byte() -> None:
    headers = standard(KEY, identity="msg-ü\xff")
    assert takes(StandardWebhooks(secrets(KEY)), request(**headers))


@pytest.mark.parametrize("form", ["{other} {good}", "v1a,{bare} {good}", "{good} v2,x", " {good} "])
def test_one_signature_of_version_one_is_enough(form: str) -> None:
    good = standard(KEY)["webhook_signature"]
    other = standard(base64.b64encode(b"x" * 24))["webhook_signature"]
    header = form.format(good=good, other=other, bare=good[3:])
    headers = {**standard(KEY), "webhook_signature": header}
    assert takes(StandardWebhooks(secrets(KEY)), request(**headers))
    headers["webhook_signature"] = header.replace(good, f"v1a,{good[3:]}")
    assert not takes(StandardWebhooks(secrets(KEY)), request(**headers))


def test_the_key_may_be_given_with_or_without_its_prefix() -> None:
    for used in (KEY, b"whsec_" + KEY):
        for known in (KEY, b"whsec_" + KEY):
            assert takes(StandardWebhooks(secrets(known)), request(**standard(used)))


@pytest.mark.parametrize(
    "secret", [b"whsec_abcde", b"no base64", "schlüssel".encode(), b"YQ", b"whsec_"]
)
def test_a_key_that_is_none_is_an_error_at_the_start_which_does_not_repeat_it(
    secret: bytes,
) -> None:
    with pytest.raises(SettingsError, match=r"plugins\.rocket: ") as wrong:
        StandardWebhooks(secrets(KEY, secret))
    assert str(wrong.value).endswith(": a signing secret is whsec_ and a key in base64")


# A secret that is shown


def test_a_shared_secret_is_shown_in_any_of_its_ways() -> None:
    check = shared("X-One", "X-Two")(secrets(NEW))
    basic = base64.b64encode(b"kim:" + NEW).decode()
    good: Sequence[WebhookRequest] = [
        request(x_one=latin(NEW)),
        request(x_two=latin(NEW)),
        request(x_one="wrong", x_two=latin(NEW)),
        request(query={"secret": NEW.decode()}),
        request(authorization=latin(NEW)),
        request(authorization=f"Bearer {latin(NEW)}"),
        request(authorization=f"bearer   {latin(NEW)}"),
        request(authorization=f"BASIC {basic}"),
        request(x_one="wrong", authorization=f"Basic {basic}"),
    ]
    assert [takes(check, each) for each in good] == [True] * len(good)
    half = base64.b64encode(NEW).decode()
    bad = [
        request(x_three=latin(NEW)),
        request(query={"token": NEW.decode()}),
        request(query={"secret": ""}),
        request(authorization=f"Token {latin(NEW)}"),
        request(authorization=f"Bearer {latin(NEW)}x"),
        request(authorization=f"Basic {basic[:-2]}"),
        request(authorization="Basic ä"),
        request(authorization=f"Basic {base64.b64encode(NEW + b':kim').decode()}"),
        request(authorization="Bearer"),
        request(latin(NEW).encode()),
    ]
    assert [takes(check, each) for each in bad] == [False] * len(bad)
    assert takes(check, request(authorization=f"Basic {half}"))  # user:password whole


def test_the_secret_may_be_user_and_password_together() -> None:
    check = shared()(secrets(b"kim:hats"))
    for plain, fits in ((b"kim:hats", True), (b"lee:hats", False), (b"kim:kim:hats", True)):
        header = f"Basic {base64.b64encode(plain).decode()}"
        assert takes(check, request(authorization=header)) is fits


def test_the_reason_names_every_way_that_there_is() -> None:
    with pytest.raises(WebhookRefused, match=r"bearer .* basic .* X-Token, or as \?secret="):
        shared("X-Token")(secrets(NEW))(request())


# Several schemes


def test_the_header_that_only_one_scheme_has_tells_which_it_is() -> None:
    check = ByHeader(
        [("webhook-signature", StandardWebhooks(secrets(KEY)))],
        SharedSecret(secrets(NEW), ["X-Token"]),
    )
    assert takes(check, request(**standard(KEY)))
    assert takes(check, request(x_token=latin(NEW)))
    # Who has one secret does not get by with a header of the other scheme.
    assert not takes(check, request(webhook_signature="v1,x", x_token=latin(NEW)))
    assert not takes(check, request())


# Settings


def test_the_secrets_are_those_of_the_plugins_settings() -> None:
    def of(**options: Any) -> Secrets:
        return Secrets.of(Options(Settings(plugins={"rocket": options}), "rocket"))

    assert of() == secrets()
    assert of(secret=[NEW.decode(), "b,c"]) == secrets(NEW, b"b,c")
    assert of(secret="", allow_unsigned="yes") == secrets(allow_unsigned=True)
    with pytest.raises(SettingsError, match=r"^plugins\.rocket\.secret must be text or a list"):
        of(secret=["good", 7])
    with pytest.raises(SettingsError, match=r"^plugins\.rocket\.allow_unsigned"):
        of(allow_unsigned="perhaps")
