"""Events as the live feed sends them: server-sent events, each encoded once for all viewers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from uuid import UUID

from streamgauge import json_codec
from streamgauge.json_codec import Raw
from streamgauge.streams.following import Page
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


def of_cloudevents(page: Page) -> Iterator[Message]:
    """Of the log of CloudEvents."""
    for row in page.events:
        stub = page.stubs.get(row.position)
        if stub is None:
            source = json_codec.decode(json_codec.split_object(row.state)["source"])
            yield _message("cloudevent", row, source, {"event": _on_one_line(row)})
        else:
            said = {"event": None, "archived": stub.as_json()}
            yield _message("cloudevent", row, stub.source, said)


def of_cdevents(page: Page) -> Iterator[Message]:
    """Of the log of CDEvents."""
    for row in page.events:
        context = json_codec.split_object(bytes(json_codec.split_object(row.state)["context"]))
        source = json_codec.decode(context["source"])
        yield _message("cdevent", row, source, {"event": _on_one_line(row)})


def _on_one_line(row: RecordedRow) -> Raw:
    return Raw(row.state.translate(_ONE_LINE))


def _message(kind: str, row: RecordedRow, source: str, said: Mapping[str, object]) -> Message:
    document = {
        "position": row.position,
        "id": str(UUID(bytes=row.key_bytes)),
        "recorded_at": format_rfc3339(row.recorded_at),
        **said,
    }
    data = json_codec.encode(document)
    head = f"id: {row.position}\nevent: {kind}\ndata: ".encode()
    return Message(row.position, row.tenant, row.topic, source, head + data + b"\n\n")


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
