"""The receiver: a registry's notifications at ``/webhooks/distribution``."""

from __future__ import annotations

import re
from typing import Any, Final

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import Delivery
from streamgauge.sources.fields import ident, instant, items, text

EVENTS: Final = "com.docker.distribution.events"
"""The one type: what happened is said in each of the events that a delivery has."""

_NODE = re.compile(r"[A-Za-z0-9._-]+(?::\d{1,5})?", re.ASCII)


def delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery | None:
    """The delivery is named by its event if it has one, else by its body; without any it is a
    ping."""
    if not isinstance(data.get("events"), list):
        raise InvalidInput("must be a list: is this a notification of a registry?", where="/events")
    events = items(data, "events")
    if not events:
        return None
    node = text(events, 0, "source", "addr") or ""
    alone = len(events) == 1
    return Delivery(
        type=EVENTS,
        source=f"//{node}" if _NODE.fullmatch(node) else "distribution",
        id=ident(events, 0, "id") if alone else None,
        subject=text(events, 0, "target", "repository") if alone else None,
        time=instant(events, 0, "timestamp") if alone else None,
    )
