"""The generic source: what a script says in plain words, and any other JSON under a name."""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streamgauge import WebhookRequest, expressions
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.settings import Settings
from streamgauge.testing import SourceConformance, event, transformer
from streamgauge_generic import TYPE, GenericTransformer, receivers
from streamgauge_generic.plain import KINDS

SECRET = "a long random text"


class TestGeneric(SourceConformance):
    source = "generic"
    cases = Path(__file__).parent / "cases"
    no_delivery_id = True


def request(data: Any, *, secret: str = SECRET, **query: str) -> WebhookRequest:
    headers = {"content-type": "application/json", "authorization": f"Bearer {secret}"}
    return WebhookRequest(headers, json.dumps(data).encode(), query)


def receive(asked: WebhookRequest) -> Any:
    settings = replace(Settings.load({}), plugins={"generic": {"secret": SECRET}})
    [receiver] = receivers(settings)
    return receiver.receive(asked)


def test_a_payload_with_a_name_is_an_event_of_that_name() -> None:
    [event] = receive(request({"any": ["thing"]}, name="shipit"))
    assert (event.type, event.source) == (
        "dev.streamgauge.generic.shipit",
        "/webhooks/generic/shipit",
    )
    assert receive(request({"any": ["thing"]}, name="shipit"))[0].id == event.id
    assert receive(request({"any": ["other"]}, name="shipit"))[0].id != event.id


def test_an_id_that_the_sender_keeps_is_the_events() -> None:
    asked = request({"any": "thing"}, name="shipit")
    [event] = receive(replace(asked, headers={**asked.headers, "idempotency-key": "k-1"}))
    assert event.id == "k-1"


def test_a_signature_will_do_for_a_secret() -> None:
    asked = request({"any": "thing"}, name="shipit")
    signature = hmac.new(SECRET.encode(), asked.body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={signature}"}
    assert receive(replace(asked, headers=headers))
    headers["x-hub-signature-256"] = f"sha256={signature[:-1]}x"
    with pytest.raises(WebhookRefused):
        receive(replace(asked, headers=headers))


def test_another_secret_is_refused() -> None:
    with pytest.raises(WebhookRefused):
        receive(request({}, name="shipit", secret="guessed"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "/kind: must be one of deployment, change, push, artifact, incident"),
        ({"kind": "deploy"}, "/kind: must be one of"),
        ({"kind": "deployment", "service": "shop"}, "/id: is needed: a text or a whole number"),
        ({"kind": "deployment", "id": 1}, "/service: is needed"),
        ({"kind": "deployment", "id": 1, "service": "s", "outcome": "maybe"}, "/outcome: must be"),
        ({"kind": "deployment", "id": 1, "service": "s", "time": "soon"}, "/time: must be a time"),
        ({"kind": "incident", "id": 1}, "/state: is needed: one of detected, resolved"),
        (
            {"kind": "push", "repository": "r", "branch": "b", "after": "a"},
            "/commits: is needed: a list of commits",
        ),
        (
            {"kind": "push", "repository": "r", "branch": "b", "after": "a", "commits": [{}]},
            "/commits: must be a list of commits",
        ),
    ],
)
def test_plain_words_that_are_wrong_are_refused_with_the_place(data: Any, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        receive(request(data))
    assert str(caught.value).startswith(reason)


def test_a_name_must_be_one() -> None:
    with pytest.raises(InvalidInput, match="name: must be lower-case"):
        receive(request({}, name="../x"))


def test_every_kind_has_a_case() -> None:
    cases = {file.stem.partition("-")[0] for file in TestGeneric.cases.glob("*.json")}
    assert set(KINDS) <= {name.partition(".")[0] for name in cases}


def test_without_the_extra_nothing_is_wrong_until_an_event_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expressions._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    try:
        said = event(TYPE, {"kind": "deployment", "id": 1, "service": "shop"})
        told = transformer(GenericTransformer()).when(said)
        told.then_parked("pip install 'streamgauge[cel]'")
    finally:
        expressions._environment.cache_clear()
