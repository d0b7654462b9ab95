"""The receiver: what fourkeys was sent by Cloud Build and Argo CD, at ``/webhooks/fourkeys``."""

from __future__ import annotations

from typing import Any

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import Delivery, SharedSecret, WebhookReceiver
from streamgauge.sources.fields import ident, instant
from streamgauge_fourkeys.messages import BUILD, message_in, notification_in, type_of
from streamgauge_fourkeys.options import Options

SIGNATURE = "Argo-Signature"
"""The header in which fourkeys had Argo CD show its secret."""


def receiver(options: Options) -> WebhookReceiver:
    """Checks the secret that a delivery shows, and makes one CloudEvent of it."""
    return WebhookReceiver("fourkeys", SharedSecret(options.secrets, [SIGNATURE]), _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    notice = notification_in(data)
    found = None if notice is None else type_of(notice)
    if notice is None or found is None:
        raise InvalidInput(
            "neither a build of Cloud Build nor a notification of Argo CD with id, time, status "
            "and commit_sha, as it is or in a message that Pub/Sub pushes",
            where="body",
        )
    message = message_in(data)
    times = ("finishTime", "startTime", "createTime", "time")
    return Delivery(
        type=found,
        source="cloud-build" if found == BUILD else "argo-cd",
        # Pub/Sub has been writing both names.
        id=ident(message, "messageId") or ident(message, "message_id"),
        subject=ident(notice, "id"),
        time=next((at for name in times if (at := instant(notice, name))), None),
    )
