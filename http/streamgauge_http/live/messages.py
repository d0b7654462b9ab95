"""Events as the live feed sends them: server-sent events, each encoded once for all viewers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from uuid import UUID

from streamgauge import json_codec
from streamgauge.json_codec import Raw
from streamgauge.streams.recorder import RecordedRow
from streamgauge.timestamps import format_rfc3339

RETRY_MILLISECONDS: Final = 2000
# A line break ends a line of the feed. In JSON they stand between tokens only.
_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")
# Of the objects around a message, so that a window of many small ones is bounded too.
_OVERHEAD = 1024


class Message(NamedTuple):
    """One event of a log, and what a viewer's filters look at."""

    position: int
    tenant: str
    type: str
    source: str
    body: bytes
    """What is sent."""

    @property
    def size(self) -> int:
        """How many bytes of memory it takes, about."""
        return len(self.body) + _OVERHEAD


def of_cloudevents(rows: Iterable[RecordedRow]) -> Iterator[Message]:
    """Of the log of CloudEvents."""
    for row in rows:
        yield _message("cloudevent", row, json_codec.split_object(row.state)["source"])


def of_cdevents(rows: Iterable[RecordedRow]) -> Iterator[Message]:
    """Of the log of CDEvents."""
    for row in rows:
        context = json_codec.split_object(bytes(json_codec.split_object(row.state)["context"]))
        yield _message("cdevent", row, context["source"])


def _message(kind: str, row: RecordedRow, source: Raw) -> Message:
    document = {
        "position": row.position,
        "id": str(UUID(bytes=row.key_bytes)),
        "recorded_at": format_rfc3339(row.recorded_at),
        "event": Raw(row.state.translate(_ONE_LINE)),
    }
    data = json_codec.encode(document)
    head = f"id: {row.position}\nevent: {kind}\ndata: ".encode()
    return Message(
        row.position, row.tenant, row.topic, json_codec.decode(source), head + data + b"\n\n"
    )


def greeting(position: int) -> bytes:
    """The first that a viewer is sent: when to come back, and after which position."""
    return b"retry: %d\n%b" % (RETRY_MILLISECONDS, mark(position))


def heartbeat(position: int) -> bytes:
    """A comment, which viewers pass over, and how far the viewer is."""
    return b": still here\n" + mark(position)


def mark(position: int) -> bytes:
    """An id without data moves the place to come back to, and is no event."""
    return b"id: %d\n\n" % position


def dropped(reason: str) -> bytes:
    """The last that a viewer is sent who is dropped."""
    return b"event: dropped\ndata: " + json_codec.encode({"reason": reason}) + b"\n\n"
