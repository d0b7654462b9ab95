"""What the conformance suite measures and watches."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from unittest import mock

from streamgauge import json_codec
from streamgauge.cdevents import validate
from streamgauge.sources.captured import Case


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


@contextmanager
def no_network() -> Iterator[None]:
    """Refuse connections. Raises AssertionError at the end if one was asked for."""
    tried: list[Any] = []

    def refuse(*args: Any, **more: Any) -> Any:
        tried.append(args)
        raise OSError("there is no network in this test")

    with mock.patch.object(socket, "socket", refuse):
        yield
    # Whoever asks may bear with the error.
    assert not tried, "a transformer reaches for the network"
