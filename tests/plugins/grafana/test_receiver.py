"""Who may send: signatures with and without a time, or the secret; and what an event is."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streamgauge.cloudevents.json_format import content_of
from streamgauge.errors import InvalidInput, SettingsError, WebhookRefused
from streamgauge.json_codec import decode
from streamgauge.plugins import Plugins
from streamgauge.settings import Settings
from streamgauge.webhooks import WebhookRequest
from streamgauge_grafana.options import options_of

CASES = Path(__file__).parent / "cases"
BODY = b'{"alerts": []}'
OLD, NEW = "straw hat", "top hat"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SENT = "1772445600"
# Worked out apart from this code: printf '%s' BODY | openssl dgst -sha256 -hmac 'top hat'
PLAIN = "f46ea22e25d757564eaa5bc8dd49e38c020f3976a014628991253cdb2858b564"
# The same of 1772445600:BODY
TIMED = "d1f6f3895155966c868c955afcae53d8e4260ceedd05d1f08705818b3a366f20"


def settings(**options: Any) -> Settings:
    return dataclasses.replace(Settings.load({}), plugins={"grafana": options})


def receive(
    body: bytes = BODY, *, received: datetime = NOW, secret: Any = NEW, **more: Any
) -> list[Any]:
    """`more` are headers, or settings where there is a hyphen in none of them."""
    names = ("signature_header", "timestamp_header", "allow_unsigned")
    options = {name: more.pop(name) for name in names if name in more}
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    receiver = Plugins(settings(secret=secret, **options)).receivers["grafana"]
    given = {"content-type": "application/json", **headers}
    return [*receiver.receive(WebhookRequest(given, body, {}, received=received))]


def test_the_body_is_signed() -> None:
    assert len(receive(x_grafana_alerting_signature=PLAIN)) == 1
    assert len(receive(x_grafana_alerting_signature=PLAIN, secret=[OLD, NEW])) == 1


def test_the_time_is_signed_with_it_where_there_is_one() -> None:
    assert len(receive(x_grafana_alerting_signature=TIMED, x_grafana_alerting_timestamp=SENT)) == 1


@pytest.mark.parametrize(
    ("signature", "sent"),
    [
        *((TIMED, None), (PLAIN, SENT), (TIMED, "1772445601"), (TIMED, ""), ("", SENT)),
        *((PLAIN[:-1], None), ("é", None), (PLAIN.upper(), None), ("é", SENT)),
    ],
)
def test_other_signatures_are_refused(signature: str, sent: str | None) -> None:
    headers = {} if sent is None else {"x_grafana_alerting_timestamp": sent}
    with pytest.raises(WebhookRefused):
        receive(x_grafana_alerting_signature=signature, **headers)


@pytest.mark.parametrize("apart", [timedelta(minutes=5, seconds=1), timedelta(days=-1)])
def test_a_signed_time_that_is_not_now_is_refused(apart: timedelta) -> None:
    with pytest.raises(WebhookRefused, match="more than 0:05:00 from now"):
        receive(
            received=NOW + apart,
            x_grafana_alerting_signature=TIMED,
            x_grafana_alerting_timestamp=SENT,
        )


@pytest.mark.parametrize("apart", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_clocks_may_differ_a_little(apart: timedelta) -> None:
    signed = {"x_grafana_alerting_signature": TIMED, "x_grafana_alerting_timestamp": SENT}
    assert len(receive(received=NOW + apart, **signed)) == 1


def test_a_time_that_is_none_is_refused_however_it_is_signed() -> None:
    signature = hmac.new(NEW.encode(), b"now:" + BODY, hashlib.sha256).hexdigest()
    with pytest.raises(WebhookRefused, match="from now"):
        receive(x_grafana_alerting_signature=signature, x_grafana_alerting_timestamp="now")


def test_the_headers_may_have_other_names() -> None:
    names = {"signature_header": "X-Hats", "timestamp_header": "X-Hats-At"}
    assert len(receive(x_hats=PLAIN, **names)) == 1
    assert len(receive(x_hats=TIMED, x_hats_at=SENT, **names)) == 1
    with pytest.raises(WebhookRefused, match="shows no secret"):
        receive(x_grafana_alerting_signature=PLAIN, **names)


def test_a_contact_point_may_show_the_secret_instead() -> None:
    assert len(receive(authorization=f"Bearer {NEW}")) == 1
    with pytest.raises(WebhookRefused, match="none of those configured"):
        receive(authorization=f"Bearer {OLD}")
    with pytest.raises(WebhookRefused):
        receive(x_grafana_alerting_signature=TIMED, authorization=f"Bearer {NEW}")


def test_without_a_secret_all_is_refused_unless_allowed() -> None:
    for headers in ({}, {"x_grafana_alerting_signature": PLAIN}):
        with pytest.raises(WebhookRefused, match="no secret is configured"):
            receive(secret=[], **headers)
        assert len(receive(secret=[], allow_unsigned=True, **headers)) == 1
    timed = {"x_grafana_alerting_signature": TIMED, "x_grafana_alerting_timestamp": "1"}
    assert len(receive(secret=[], allow_unsigned=True, **timed)) == 1


def attributes(event: Any) -> dict[str, Any]:
    return dict(content_of(decode(event.state)).attributes)


def test_a_notification_is_an_event() -> None:
    [event] = receive((CASES / "firing.json").read_bytes(), authorization=f"Bearer {NEW}")
    made = attributes(event)
    assert made == {
        "specversion": "1.0",
        "id": made["id"],
        "source": "https://grafana.hatworks.example/",
        "type": "com.grafana.alerting.notification",
        "subject": '{}/{service="checkout"}:{alertname="Checkout errors", grafana_folder="Shop"}',
        "time": "2026-03-02T10:00:00.157076Z",
        "datacontenttype": "application/json",
    }


def test_a_legacy_notification_is_an_event_each_time_it_comes() -> None:
    body = (CASES / "legacy-alerting.json").read_bytes()
    times = (NOW, NOW, NOW + timedelta(seconds=1))
    events = [receive(body, authorization=f"Bearer {NEW}", received=at)[0] for at in times]
    made = [attributes(event) for event in events]
    assert made[0] == made[1]
    assert made[0]["id"] != made[2]["id"]
    assert made[0]["type"] == "com.grafana.alerting.legacy"
    assert (made[0]["source"], made[0]["subject"]) == ("https://old-grafana.hatworks.example", "7")


@pytest.mark.parametrize("payload", [{}, {"alerts": {}}, {"ruleId": 7}, {"state": "alerting"}])
def test_what_is_not_of_grafana_is_refused(payload: Any) -> None:
    with pytest.raises(InvalidInput, match="is this a webhook of Grafana"):
        receive(json.dumps(payload).encode(), authorization=f"Bearer {NEW}")


@pytest.mark.parametrize(
    "options", [{"signature_header": ""}, {"timestamp_header": 3}, {"ignored_labels": ["late"]}]
)
def test_a_setting_that_makes_no_sense_is_named(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=rf"plugins\.grafana\.{next(iter(options))}"):
        options_of(settings(**options))
