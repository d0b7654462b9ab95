"""Alertmanager's notifications, from the webhook to CDEvents."""

from __future__ import annotations

from typing import Any, Final

from streamgauge import CDEvent, CloudEvent, WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import Alerting, Delivery, Secrets, SharedSecret, Told, WebhookReceiver
from streamgauge.sources.alerts import latest
from streamgauge.sources.fields import text, url

TYPE: Final = "io.prometheus.alertmanager.notification"
_NAME: Final = "alertmanager"


class AlertmanagerTransformer:
    """An incident for each alert of a notification that is one by the settings."""

    name = _NAME

    def __init__(self, alerting: Alerting) -> None:
        self._alerting = alerting

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """That they were detected, and that they are resolved."""
        time = event.get_time()
        assert time is not None, "Streamgauge gives every event a time"
        return self._alerting.incidents(Told(_NAME, time), _NAME, event.get_data())


def receiver(secrets: Secrets) -> WebhookReceiver:
    """Alertmanager cannot sign: it shows the secret."""
    return WebhookReceiver(_NAME, SharedSecret(secrets), _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    if not isinstance(data.get("alerts"), list):
        raise InvalidInput(
            "there is no list of alerts: is this a webhook of Alertmanager?", where="/alerts"
        )
    if data.get("version") == "1":
        raise InvalidInput(
            "this is Grafana's form; point Grafana at /webhooks/grafana", where="/version"
        )
    return Delivery(
        type=TYPE,
        source=url(data, "externalURL") or _NAME,
        subject=text(data, "groupKey"),
        time=latest(data),
    )
