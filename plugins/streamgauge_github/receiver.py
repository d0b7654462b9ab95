"""The receiver: GitHub's webhooks at ``/webhooks/github``."""

from __future__ import annotations

from typing import Any

from streamgauge import WebhookRequest
from streamgauge.errors import WebhookRefused
from streamgauge.sources import Delivery, Signed, WebhookReceiver, needed_header
from streamgauge_github import attributes
from streamgauge_github.notice import PREFIXES
from streamgauge_github.options import Options

SIGNATURE = "X-Hub-Signature-256"
EVENT = "X-GitHub-Event"
DELIVERY = "X-GitHub-Delivery"


def receiver(options: Options) -> WebhookReceiver:
    """Checks a delivery's signature and makes one CloudEvent of it."""
    signed = Signed(options.secrets, [SIGNATURE], "sha256=")

    def check(request: WebhookRequest) -> None:
        only_old = request.header(SIGNATURE) is None and request.header("X-Hub-Signature")
        if options.secrets.values and only_old:
            raise WebhookRefused(
                "the delivery is only signed with SHA-1, which is not accepted; a GitHub that "
                "does not send X-Hub-Signature-256 is too old",
                where=SIGNATURE,
            )
        signed(request)

    return WebhookReceiver("github", check, _delivery, form_field="payload")


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery | None:
    """What GitHub's headers and the payload say; None for a ping."""
    event = needed_header(request, EVENT, r"[a-z][a-z0-9_]*", "GitHub")
    delivery = needed_header(request, DELIVERY, r"[\x21-\x7e]+", "GitHub")
    if event == "ping":
        return None
    return Delivery(
        type=PREFIXES[0] + event,
        source=attributes.source(data),
        id=delivery,
        subject=attributes.subject(event, data),
        time=attributes.time(event, data),
    )
