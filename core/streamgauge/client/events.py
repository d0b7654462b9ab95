"""Events on their way to a service: as bytes, and in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from streamgauge import json_codec
from streamgauge.cdevents import CDEvent, in_cloudevent
from streamgauge.client.connection import Answered
from streamgauge.cloudevents import Event
from streamgauge.errors import InvalidCloudEvent

MEDIA_TYPE: Final = "application/cloudevents-batch+json"
MOST_EVENTS: Final = 1000
MOST_BYTES: Final = 4 * 1024 * 1024
"""Well below what a service takes as shipped: 10,000 events, 32 MiB."""

Sendable: TypeAlias = Event | CDEvent | Mapping[str, Any]
"""A mapping is a CloudEvent in the JSON format."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of events that were sent: all of them are on disk."""

    accepted: int = 0
    """Those that were new."""
    duplicates: int = 0
    """Those that were recorded already."""
    position: int | None = None
    """The highest among them, in the log of CloudEvents; None where there were none."""

    def and_those_of(self, answer: Answered) -> Sent:
        """These, and those that the answer to another batch counts."""
        counts = {
            name: int(answer.headers.get(f"streamgauge-{name}", "0"))
            for name in ("accepted", "duplicates", "position")
        }
        return Sent(
            self.accepted + counts["accepted"],
            self.duplicates + counts["duplicates"],
            max(self.position or 0, counts["position"]),
        )


def batches(events: Iterable[Sendable]) -> Iterator[bytes]:
    """The events as bodies, each a batch; an event that is larger than one may be goes alone."""
    waiting: list[bytes] = []
    size = 0
    for event in events:
        state = _state(event)
        if waiting and (len(waiting) == MOST_EVENTS or size + len(state) > MOST_BYTES):
            yield _batch(waiting)
            waiting, size = [], 0
        waiting.append(state)
        size += len(state) + 1
    if waiting:
        yield _batch(waiting)


def _state(event: Sendable) -> bytes:
    if isinstance(event, CDEvent):
        return in_cloudevent(event).state
    if isinstance(event, Event):
        return event.state
    try:
        return json_codec.encode(event)
    except ValueError as error:
        raise InvalidCloudEvent(str(error)) from None


def _batch(states: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(states) + b"]"
