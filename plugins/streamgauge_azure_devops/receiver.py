"""The receiver: service hooks at ``/webhooks/azure-devops``."""

from __future__ import annotations

import re
from typing import Any, Final

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import Delivery, SharedSecret, WebhookReceiver
from streamgauge.sources.fields import ident, instant, mapping, text
from streamgauge_azure_devops.notice import PREFIX
from streamgauge_azure_devops.options import Options
from streamgauge_azure_devops.project import project_of

_EVENT: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_TEST: Final = "00000000-0000-0000-0000-000000000000"
"""The subscription that the button *Test* sends for, whose payload is Microsoft's example."""


def receiver(options: Options) -> WebhookReceiver:
    """Checks the secret that a delivery shows, for there is no signature."""
    return WebhookReceiver("azure-devops", SharedSecret(options.secrets), _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery | None:
    event = text(data, "eventType") or ""
    if not _EVENT.fullmatch(event):
        raise InvalidInput(
            "is not the name of an event: is this a service hook of Azure DevOps?",
            where="eventType",
        )
    if text(data, "subscriptionId") == _TEST:
        return None
    resource = mapping(data, "resource")
    return Delivery(
        type=PREFIX + event,
        source=project_of(data).source,
        id=text(data, "id"),
        subject=_subject(resource),
        time=instant(data, "createdDate"),
    )


def _subject(resource: dict[str, Any]) -> str | None:
    """The number of what it is about."""
    return (
        ident(resource, "pullRequestId")
        or ident(resource, "pushId")
        or ident(resource, "run", "id")
        or ident(resource, "deployment", "id")
        or ident(resource, "workItemId")
        or ident(resource, "id")
    )
