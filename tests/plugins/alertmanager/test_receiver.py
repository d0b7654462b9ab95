"""Who may send, and the CloudEvent that a notification becomes."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from streamgauge.cloudevents.json_format import content_of
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.json_codec import decode
from streamgauge.plugins import Plugins
from streamgauge.settings import Settings
from streamgauge.webhooks import WebhookRequest

FIRING = (Path(__file__).parent / "cases/firing.json").read_bytes()
OLD, NEW = "straw hat", "top hat"


def receive(
    body: bytes, query: dict[str, str] | None = None, *, header: str = "", **options: Any
) -> list[Any]:
    settings = dataclasses.replace(Settings.load({}), plugins={"alertmanager": options})
    headers = {"content-type": "application/json", "authorization": header}
    given = {name: value for name, value in headers.items() if value}
    receiver = Plugins(settings).receivers["alertmanager"]
    return [*receiver.receive(WebhookRequest(given, body, query or {}))]


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"alertmanager:{password}".encode()).decode()


@pytest.mark.parametrize("header", [f"Bearer {NEW}", basic(NEW), f"Bearer {OLD}"])
def test_the_secret_is_a_bearer_token_or_a_password(header: str) -> None:
    assert len(receive(FIRING, header=header, secret=[NEW, OLD])) == 1


def test_the_secret_may_stand_in_the_address() -> None:
    assert len(receive(FIRING, {"secret": NEW}, secret=NEW)) == 1


@pytest.mark.parametrize("header", ["", f"Bearer {OLD}", basic(OLD), "Bearer", "Basic ????"])
def test_other_secrets_are_refused(header: str) -> None:
    with pytest.raises(WebhookRefused):
        receive(FIRING, header=header, secret=NEW)


def test_a_notification_is_an_event() -> None:
    [event] = receive(FIRING, allow_unsigned=True)
    [again] = receive(FIRING, allow_unsigned=True)
    assert event.state == again.state
    attributes = dict(content_of(decode(event.state)).attributes)
    assert attributes == {
        "specversion": "1.0",
        "id": attributes["id"],
        "source": "https://alertmanager.hatworks.example",
        "type": "io.prometheus.alertmanager.notification",
        "subject": '{}/{team="shop"}:{alertname="CheckoutErrors"}',
        "time": "2026-03-02T10:00:00.123456Z",
        "datacontenttype": "application/json",
    }


@pytest.mark.parametrize("payload", [{}, {"alerts": {}}, {"version": "4"}])
def test_what_is_not_of_alertmanager_is_refused(payload: Any) -> None:
    with pytest.raises(InvalidInput, match="is this a webhook of Alertmanager"):
        receive(json.dumps(payload).encode(), allow_unsigned=True)
