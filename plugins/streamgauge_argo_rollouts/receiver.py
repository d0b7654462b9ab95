"""The receiver: notifications by the template in docs, at ``/webhooks/argo-rollouts``."""

from __future__ import annotations

import re
from typing import Any

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import Delivery, SharedSecret, WebhookReceiver
from streamgauge.sources.fields import instant, text
from streamgauge_argo_rollouts.notices import PREFIX, source_of
from streamgauge_argo_rollouts.options import Options

_EVENT = re.compile(r"[a-z][a-z0-9-]{0,60}")


def receiver(options: Options) -> WebhookReceiver:
    """Checks the secret that a delivery shows, and makes one CloudEvent of it."""
    return WebhookReceiver("argo-rollouts", SharedSecret(options.secrets), _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    event = text(data, "event") or ""
    if not _EVENT.fullmatch(event):
        raise InvalidInput(
            "no event such as rollout-completed: use the template in docs/plugins/argo-rollouts.md",
            where="body",
        )
    named = (text(data, "rollout", "metadata", each) for each in ("namespace", "name"))
    return Delivery(
        type=PREFIX + event,
        source=source_of(text(data, "cluster")),
        subject="/".join(part for part in named if part),
        time=instant(data, "timestamp"),
    )
