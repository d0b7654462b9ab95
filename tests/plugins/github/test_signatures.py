"""Who may send: signatures over the bytes of the body."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput, SettingsError, WebhookRefused
from streamgauge.settings import Settings
from streamgauge_github import receivers

from .samples import settings

BODY = b'{"action": "opened", "price": "5 \xe2\x82\xac"}'
OLD, NEW = "straw hat", "top hat \u20ac"
# Worked out apart from this code: printf '%s' BODY | openssl dgst -sha256 -hmac SECRET
WORKED_OUT = {
    OLD: "d5a9c5a3a344970d3781ba7c86916e5392616a2d945d85e0040d9c4fec2f1fb0",
    NEW: "67c15ed0b10c2f25eb7785b77f130d78c1e9050d33057b1479c17e4f8c59daa7",
}


def sign(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def receive(
    options: Settings, body: bytes, *, kind: str = "application/json", **headers: str
) -> int:
    """How many events the receiver makes of a delivery with these signature headers."""
    [receiver] = receivers(options)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    base = {"content-type": kind, "x-github-event": "issues", "x-github-delivery": "d-1"}
    return len(receiver.receive(WebhookRequest({**base, **given}, body, {})))


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_accepts_a_signature_worked_out_elsewhere(secret: str) -> None:
    signature = f"sha256={WORKED_OUT[secret]}"
    assert receive(settings(secret=secret), BODY, x_hub_signature_256=signature) == 1


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_accepts_every_secret_that_is_configured(secret: str) -> None:
    options = settings(secret=[NEW, OLD])
    assert receive(options, BODY, x_hub_signature_256=sign(secret, BODY)) == 1


def test_the_secret_may_come_from_the_environment() -> None:
    options = Settings(environ={"STREAMGAUGE_GITHUB_SECRET": OLD})
    assert receive(options, BODY, x_hub_signature_256=sign(OLD, BODY)) == 1


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        "sha256",
        WORKED_OUT[OLD],
        sign("felt hat", BODY),
        sign(OLD, BODY + b" "),
        sign(OLD, BODY)[:-1],
        sign(OLD, BODY).replace("sha256", "sha1"),
        sign(OLD, BODY).replace("sha256", "sha512"),
        "sha256=\xff\xe9",
    ],
)
def test_refuses_every_other_signature(signature: str) -> None:
    with pytest.raises(WebhookRefused) as error:
        receive(settings(secret=OLD), BODY, x_hub_signature_256=signature)
    assert error.value.where == "X-Hub-Signature-256"
    assert OLD not in str(error.value)


def test_the_signature_is_checked_before_anything_is_read() -> None:
    with pytest.raises(WebhookRefused):
        receive(settings(secret=OLD), b"no JSON", kind="text/plain", x_hub_signature_256="sha256=0")


def test_refuses_what_is_not_signed() -> None:
    with pytest.raises(WebhookRefused, match="not signed"):
        receive(settings(secret=OLD, allow_unsigned=True), BODY)


def test_refuses_sha1_and_says_so() -> None:
    signature = "sha1=" + hmac.new(OLD.encode(), BODY, hashlib.sha1).hexdigest()
    with pytest.raises(WebhookRefused, match="SHA-1"):
        receive(settings(secret=OLD), BODY, x_hub_signature=signature)


@pytest.mark.parametrize("secret", [{}, {"secret": ""}, {"secret": []}, {"secret": ["", ""]}])
def test_without_a_secret_refuses_and_says_what_to_set(secret: dict[str, Any]) -> None:
    with pytest.raises(WebhookRefused, match="STREAMGAUGE_GITHUB_SECRET"):
        receive(settings(**secret), BODY, x_hub_signature_256=sign("", BODY))


@pytest.mark.parametrize("yes", [True, "true", "1", "yes", " TRUE "])
def test_unsigned_only_where_the_operator_says_so(yes: object) -> None:
    assert receive(settings(allow_unsigned=yes), BODY) == 1


@pytest.mark.parametrize("no", [False, "false", "0", "no"])
def test_unsigned_not_where_the_operator_says_no(no: object) -> None:
    with pytest.raises(WebhookRefused):
        receive(settings(allow_unsigned=no), BODY)


@pytest.mark.parametrize(
    "options",
    [
        {"allow_unsigned": "perhaps"},
        {"allow_unsigned": 1},
        {"secret": 5},
        {"secret": ["hat", 5]},
        {"secret": {"a": "b"}},
        {"incident_labels": 5},
        {"incident_labels": ["incident", None]},
        {"incident_environment": ""},
        {"incident_environment": ["production"]},
    ],
)
def test_settings_that_make_no_sense_stop_the_start(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"plugins.github.{next(iter(options))}"):
        receivers(settings(**options))


def test_a_form_is_signed_as_it_is_encoded() -> None:
    body = urlencode({"payload": BODY}).encode()
    form = "application/x-www-form-urlencoded"
    options = settings(secret=OLD)
    assert receive(options, body, kind=form, x_hub_signature_256=sign(OLD, body)) == 1
    with pytest.raises(WebhookRefused):
        receive(options, body, kind=form, x_hub_signature_256=sign(OLD, BODY))


SHARED = Path(os.environ.get("STREAMGAUGE_SHARED", Path(__file__).parents[4] / "shared"))
VECTORS = SHARED / "payloads" / "signatures.json"


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared payloads are not here")
def test_agrees_with_the_published_vectors() -> None:
    vectors = [
        vector
        for vector in json.loads(VECTORS.read_text(encoding="utf-8"))
        if vector["scheme"].startswith("github-")
    ]
    assert vectors
    for vector in vectors:
        body = vector.get("body", "").encode()
        if "body_file" in vector:
            body = (SHARED / "payloads" / vector["body_file"]).read_bytes()
        headers = {name.lower(): value for name, value in vector["headers"].items()}
        assert _accepted(vector["secret"], headers, body) is vector["valid"], vector


def _accepted(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether the signature is accepted; some vectors' bodies are no JSON, which comes after."""
    [receiver] = receivers(settings(secret=secret))
    base = {"content-type": "application/json", "x-github-event": "x", "x-github-delivery": "d"}
    try:
        receiver.receive(WebhookRequest({**base, **headers}, body, {}))
    except WebhookRefused:
        return False
    except InvalidInput:
        return True
    return True
