"""The receiver: notifications that hold an Application, at ``/webhooks/argo-cd``."""

from __future__ import annotations

from typing import Any

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import Delivery, SharedSecret, WebhookReceiver
from streamgauge.sources.fields import instant, text
from streamgauge_argo_cd.notice import TYPE, source_of
from streamgauge_argo_cd.options import Options

SIGNATURE = "argocd-signature"
"""A header in which some show the secret; a signature it is only by its name."""


def receiver(options: Options) -> WebhookReceiver:
    """Checks the secret that a delivery shows, and makes one CloudEvent of it."""
    return WebhookReceiver("argo-cd", SharedSecret(options.secrets, [SIGNATURE]), _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    name = text(data, "app", "metadata", "name")
    if name is None:
        raise InvalidInput(
            "no Application under app: use the template in docs/plugins/argo-cd.md", where="body"
        )
    namespace = text(data, "app", "metadata", "namespace")
    return Delivery(
        type=TYPE,
        source=source_of(data),
        subject=name if namespace is None else f"{namespace}/{name}",
        time=instant(data, "timestamp"),
    )
