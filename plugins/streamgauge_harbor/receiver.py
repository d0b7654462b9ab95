"""The receiver: Harbor's webhooks at ``/webhooks/harbor``, of both payload formats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from streamgauge import Event, WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import (
    CloudEventsReceiver,
    Delivery,
    Secrets,
    SharedSecret,
    WebhookReceiver,
)
from streamgauge.sources.fields import instant, path, text
from streamgauge_harbor.transformer import PREFIX, instance

_TYPE = re.compile(r"[A-Z][A-Z_]*", re.ASCII)


class HarborReceiver:
    """Takes what a policy sends as Default, and what one sends as CloudEvents."""

    name = "harbor"

    def __init__(self, secrets: Secrets) -> None:
        # Harbor sends the policy's Auth Header to the letter as Authorization.
        check = SharedSecret(secrets)
        self._default = WebhookReceiver(self.name, check, _delivery)
        self._cloudevents = CloudEventsReceiver(
            self.name, check, ["harbor.", "dev.cdevents.artifact."]
        )

    def receive(self, request: WebhookRequest) -> Sequence[Event]:
        """The event of the delivery. Raises WebhookRefused and InvalidInput."""
        form = (request.header("content-type") or "").strip().lower()
        if form.startswith("application/cloudevents"):
            return self._cloudevents.receive(request)
        return self._default.receive(request)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    """Harbor gives a delivery no id, so the body makes one: a retry has the same."""
    kind = text(data, "type")
    if kind is None or not _TYPE.fullmatch(kind):
        raise InvalidInput(
            "is no type of Harbor's: set the policy's payload format to Default or CloudEvents",
            where="/type",
        )
    told = path(data, "event_data")
    return Delivery(
        type=PREFIX + kind.lower(),
        source=instance(told) or "harbor",
        subject=text(told, "repository", "repo_full_name"),
        time=instant(data, "occur_at"),
    )
