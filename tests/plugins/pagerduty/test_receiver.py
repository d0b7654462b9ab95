"""Who may send, and the CloudEvent that a delivery becomes."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from streamgauge.cloudevents.json_format import content_of
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.json_codec import decode
from tests.shared import SHARED, needs_shared

from .samples import plugins, request, v2, v3

BODY = json.dumps(v3("incident.triggered", "2026-03-02T10:00:00.7Z")).encode()
OLD, NEW = "straw hat", "top hat"


def sign(secret: str, body: bytes = BODY) -> str:
    return "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def receive(payload: Any, secret: Any = NEW, **headers: str) -> int:
    receiver = plugins(secret=secret).receivers["pagerduty"]
    return len(receiver.receive(request(payload, **headers)))


def attributes(payload: Any, **headers: str) -> dict[str, Any]:
    [event] = (
        plugins(allow_unsigned=True).receivers["pagerduty"].receive(request(payload, **headers))
    )
    return dict(content_of(decode(event.state)).attributes)


@pytest.mark.parametrize(
    "header", [sign(NEW), f"{sign('bowler')},{sign(NEW)}", f"v2=abc, {sign(NEW)}"]
)
def test_one_signature_of_a_list_is_enough(header: str) -> None:
    assert receive(BODY, x_pagerduty_signature=header) == 1


def test_a_secret_is_changed_without_losing_a_delivery() -> None:
    for each in (OLD, NEW):
        assert receive(BODY, [NEW, OLD], x_pagerduty_signature=sign(each)) == 1


@pytest.mark.parametrize(
    "header",
    [
        *(sign(OLD), sign(NEW, BODY + b" "), sign(NEW).removeprefix("v1="), "v1=", ","),
        sign(NEW).replace("v1=", "v2="),
    ],
)
def test_other_signatures_are_refused(header: str) -> None:
    with pytest.raises(WebhookRefused, match="does not match the body"):
        receive(BODY, x_pagerduty_signature=header)


def test_a_wrong_signature_is_not_made_good_by_the_secret_shown() -> None:
    with pytest.raises(WebhookRefused):
        receive(BODY, x_pagerduty_signature=sign(OLD), authorization=f"Bearer {NEW}")


def test_version_2_shows_the_secret() -> None:
    old = v2(("incident.trigger", "2026-03-02T10:00:00Z", {}))
    assert receive(old, authorization=f"Bearer {NEW}") == 1
    with pytest.raises(WebhookRefused, match="none of those configured"):
        receive(old, authorization=f"Bearer {OLD}")
    with pytest.raises(WebhookRefused, match="shows no secret"):
        receive(old)


@needs_shared
@pytest.mark.parametrize("number", range(3))
def test_the_published_vectors_hold(number: int) -> None:
    vectors = json.loads((SHARED / "payloads/signatures.json").read_bytes())
    vector = [each for each in vectors if each["scheme"] == "pagerduty-v3"][number]
    body = (SHARED / "payloads" / vector["body_file"]).read_bytes()
    signature = vector["headers"]["X-PagerDuty-Signature"]
    if vector["valid"]:
        assert receive(body, vector["secret"], x_pagerduty_signature=signature) == 1
        return
    with pytest.raises(WebhookRefused):
        receive(body, vector["secret"], x_pagerduty_signature=signature)


def test_a_delivery_is_an_event_by_the_id_that_pagerduty_gives_it() -> None:
    made = attributes(BODY, x_webhook_id="one")
    assert made == attributes(BODY, x_webhook_id="two")
    assert made == {
        "specversion": "1.0",
        "id": made["id"],
        "source": "https://hatworks.pagerduty.com",
        "type": "com.pagerduty.incident.triggered",
        "subject": "Q1",
        "time": "2026-03-02T10:00:00.700000Z",
        "datacontenttype": "application/json",
    }
    named = v3("incident.triggered", "2026-03-02T10:00:00Z")
    named["event"]["id"] = "01HATS"
    assert attributes(named)["id"] == "01HATS"


def test_version_2_is_an_event_of_its_latest_time() -> None:
    made = attributes(
        v2(
            ("incident.trigger", "2026-03-02T10:00:00Z", {}),
            ("incident.resolve", "2026-03-02T11:00:00Z", {}),
        )
    )
    assert (made["type"], made["time"]) == ("com.pagerduty.v2", "2026-03-02T11:00:00Z")


def test_a_ping_is_no_event() -> None:
    ping = json.dumps({"event": {"event_type": "pagey.ping"}}).encode()
    assert receive(ping, x_pagerduty_signature=sign(NEW, ping)) == 0


@pytest.mark.parametrize("payload", [{}, {"event": {}}, {"event": {"event_type": "a b"}}])
def test_what_is_not_of_pagerduty_is_refused(payload: Any) -> None:
    with pytest.raises(InvalidInput, match="is this a webhook of PagerDuty"):
        attributes(payload)
