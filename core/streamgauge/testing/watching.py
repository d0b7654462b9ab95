"""What the conformance suite measures and watches."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from streamgauge import json_codec
from streamgauge.cdevents import validate
from streamgauge.cloudevents.http_binding import BATCH, STRUCTURED
from streamgauge.sources.captured import Case
from streamgauge.webhooks import WebhookRequest


def cpu_of(work: Callable[[], object]) -> float:
    """The CPU seconds that it takes."""
    begun = time.thread_time()
    work()
    return time.thread_time() - begun


def peer(case: Case) -> None:
    """What the service does with a delivery besides transforming it: it is decoded for the log,
    for each transformer, and a CDEvent is checked and written."""
    for delivery in case.deliveries:
        for _ in range(3):
            with suppress(ValueError):
                json_codec.decode(delivery.body)
        validate(_CHECKED)
        json_codec.encode(_CHECKED)


_CHECKED: Final = {
    "context": {
        "specversion": "0.5.1",
        "id": "1",
        "source": "/test",
        "type": "dev.cdevents.service.removed.0.3.0",
        "timestamp": "2026-03-01T10:00:00Z",
    },
    "subject": {"id": "shop", "content": {"environment": {"id": "production"}}},
}


def is_id(name: str) -> bool:
    """Whether a header of this name looks like the id of a delivery."""
    last = name.rpartition("-")[2]
    return last in ("id", "uuid", "delivery", "guid", "key") and name != "x-event-key"


def another(identity: str) -> str:
    """Another id of the same form."""
    return f"{identity[:-1]}{'0' if identity[-1:] != '0' else '1'}"


def renamed(delivery: WebhookRequest) -> bytes:
    """The body; in structured CloudEvents, one or a batch, with another id for each that is no
    CDEvent."""
    media_type = (delivery.header("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type not in (STRUCTURED, BATCH):
        return delivery.body
    told = json.loads(delivery.body)
    for event in told if media_type == BATCH else [told]:
        if not event["type"].startswith("dev.cdevents"):
            event["id"] = another(event["id"])
    return json.dumps(told).encode()


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What is not the same in both, by name."""
    return {name: (text, other[name]) for name, text in one.items() if text != other[name]}
