"""Who may send: a signature over the bytes, or a secret that is shown."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.settings import Settings
from streamgauge_flux import receivers
from tests.plugins.walk import PAYLOADS
from tests.shared import SHARED, needs_shared

from .samples import applied

OLD, NEW = "paraffin", "tungsten \u20ac"
BODY = json.dumps(applied("a")).encode()
VECTORS = PAYLOADS / "signatures.json"


def sign(secret: str, body: bytes = BODY) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def receive(secret: Any, body: bytes = BODY, query: Any = None, **headers: str) -> int:
    [receiver] = receivers(Settings(plugins={"flux": {"secret": secret}}))
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = WebhookRequest({"content-type": "application/json", **given}, body, query or {})
    return len(receiver.receive(request))


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_a_signature_under_any_of_the_secrets_counts(secret: str) -> None:
    assert receive([NEW, OLD], x_signature=sign(secret)) == 1


@pytest.mark.parametrize(
    "signature",
    [
        sign("another"),
        sign(OLD, BODY + b" "),
        sign(OLD).removeprefix("sha256="),
        sign(OLD).replace("sha256", "sha512"),
        "sha256=",
    ],
)
def test_another_signature_is_refused_whatever_else_is_shown(signature: str) -> None:
    with pytest.raises(WebhookRefused):
        receive(OLD, x_signature=signature, authorization=f"Bearer {OLD}")


def test_without_a_signature_the_secret_is_shown() -> None:
    password = base64.b64encode(f"flux:{OLD}".encode()).decode()
    assert receive(OLD, authorization=f"Bearer {OLD}") == 1
    assert receive(OLD, authorization=f"Basic {password}") == 1
    assert receive(OLD, query={"secret": OLD}) == 1
    for wrong in ({"authorization": "Bearer wrong"}, {}):
        with pytest.raises(WebhookRefused):
            receive(OLD, **wrong)
    with pytest.raises(WebhookRefused, match="no secret is configured"):
        receive([], x_signature=sign(""))


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"involvedObject": {}}', b"no json"])
def test_what_is_no_event_of_flux_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        receive(OLD, body, x_signature=sign(OLD, body))


def test_one_event_sent_by_two_alerts_is_one() -> None:
    [receiver] = receivers(Settings(plugins={"flux": {"secret": OLD}}))
    headers = {"content-type": "application/json", "x-signature": sign(OLD)}
    one, two = (receiver.receive(WebhookRequest(headers, BODY, {}))[0] for _ in range(2))
    assert (one.id, one.source) == (two.id, two.source)
    assert (one.type, one.source) == ("io.fluxcd.kustomization", "flux")


@needs_shared
def test_the_vectors_at_hand() -> None:
    assert SHARED.is_dir()
    found = [v for v in json.loads(VECTORS.read_text()) if v["scheme"] == "flux-generic-hmac"]
    assert len(found) >= 7
    for vector in found:
        body = (PAYLOADS / vector["body_file"]).read_bytes()
        signature = vector["headers"]["X-Signature"]
        assert receive(vector["secret"], body, x_signature=signature) == 1
        with pytest.raises(WebhookRefused):
            receive(vector["secret"], body + b" ", x_signature=signature)
