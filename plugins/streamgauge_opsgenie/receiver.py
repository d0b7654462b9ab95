"""The receiver: Opsgenie's webhook integration at ``/webhooks/opsgenie``."""

from __future__ import annotations

import re
from typing import Any, Final

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import Delivery, Secrets, SharedSecret, WebhookReceiver
from streamgauge.sources.fields import ident, instant, word

PREFIX: Final = "com.opsgenie.alert."
API: Final = "https://api.opsgenie.com"
_ACTION: Final = re.compile(r"[a-z]+", re.ASCII)
_ID: Final = re.compile(r"[A-Za-z0-9-]+", re.ASCII)


def receiver(secrets: Secrets) -> WebhookReceiver:
    """Opsgenie cannot sign: a header of the integration shows the secret."""
    return WebhookReceiver("opsgenie", SharedSecret(secrets), _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    action = word(data, "action")
    if not _ACTION.fullmatch(action):
        raise InvalidInput("there is no action: is this a webhook of Opsgenie?", where="/action")
    return Delivery(
        type=PREFIX + action,
        source=_integration(data),
        subject=ident(data, "alert", "alertId"),
        time=instant(data, "alert", "updatedAt", unit="ns")
        or instant(data, "alert", "createdAt", unit="ms"),
    )


def _integration(data: dict[str, Any]) -> str:
    """The integration in the API: two of them may send the same, and differ in its name."""
    number = ident(data, "integrationId") or ""
    return f"{API}/v2/integrations/{number}" if _ID.fullmatch(number) else API
