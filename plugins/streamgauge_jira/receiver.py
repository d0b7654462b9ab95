"""The receiver: Jira's webhooks at ``/webhooks/jira``."""

from __future__ import annotations

import re
from typing import Any, Final

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import ByHeader, Delivery, SharedSecret, Signed, WebhookReceiver
from streamgauge.sources.fields import text
from streamgauge_jira.notice import PREFIX, said, site_of
from streamgauge_jira.options import Options

SIGNATURE = "X-Hub-Signature"
_EVENT: Final = re.compile(r"(?:jira:)?([a-z]+(?:_[a-z]+)*)", re.ASCII)


def receiver(options: Options) -> WebhookReceiver:
    """Checks the signature of a Jira that signs, else the secret that the delivery shows."""
    signed = Signed(options.secrets, [SIGNATURE], "sha256=")
    check = ByHeader([(SIGNATURE, signed)], SharedSecret(options.secrets))
    return WebhookReceiver("jira", check, _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    match = _EVENT.fullmatch(text(data, "webhookEvent") or "")
    if match is None:
        raise InvalidInput(
            "is not the name of an event: is this a webhook of Jira?", where="webhookEvent"
        )
    return Delivery(
        type=PREFIX + match[1],
        source=site_of(data) or "/jira",
        # Stays the same when a delivery is tried again. A Data Center may have none.
        id=request.header("X-Atlassian-Webhook-Identifier"),
        subject=text(data, "issue", "key") or text(data, "version", "name"),
        time=said(data),
    )
