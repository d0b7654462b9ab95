"""The receiver: PagerDuty's webhooks at ``/webhooks/pagerduty``."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import (
    ByHeader,
    Delivery,
    Secrets,
    SharedSecret,
    Signed,
    WebhookReceiver,
)
from streamgauge.sources.fields import ident, text, word
from streamgauge_pagerduty.changes import V2, Change, changes_in
from streamgauge_pagerduty.transformer import PREFIX

SIGNATURE: Final = "X-PagerDuty-Signature"
_EVENT: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*", re.ASCII)


def receiver(secrets: Secrets) -> WebhookReceiver:
    """Version 3 signs its deliveries; version 2 cannot, and shows the secret."""
    signed = Signed(secrets, [SIGNATURE], "v1=")
    check = ByHeader([(SIGNATURE, signed)], otherwise=SharedSecret(secrets))
    return WebhookReceiver("pagerduty", check, _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery | None:
    """One event in version 3, a list of messages in version 2; None for a ping."""
    if "messages" in data:
        return _described(V2, None, data)
    event = word(data, "event", "event_type")
    if not _EVENT.fullmatch(event):
        raise InvalidInput(
            "there is no event of version 3, nor messages of version 2: is this a webhook of "
            "PagerDuty?",
            where="body",
        )
    if event.startswith("pagey."):
        return None
    return _described(event, text(data, "event", "id"), data)


def _described(event: str, number: str | None, data: dict[str, Any]) -> Delivery:
    changes = list(changes_in(data))
    first = changes[0] if changes else Change(event, None, {})
    return Delivery(
        type=PREFIX + event,
        source=first.account,
        # The event's, which all its deliveries share.
        id=number,
        subject=ident(first.incident, "id"),
        time=_latest(changes),
    )


def _latest(changes: list[Change]) -> datetime | None:
    return max((change.at for change in changes if change.at is not None), default=None)
