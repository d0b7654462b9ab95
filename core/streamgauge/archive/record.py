"""One event of the log as a line of an archive, and the seal that is put after each."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from streamgauge import json_codec
from streamgauge.streams.recorder import RecordedRow
from streamgauge.timestamps import format_rfc3339

START = bytes(32)
"""The seal before the first event of a log."""


class Record(msgspec.Struct, frozen=True):
    """All that the log has of an event. `event` is its text: the bytes that were recorded."""

    position: int
    recorded_at: datetime
    tenant: str
    id: UUID
    type: str
    event: str

    @classmethod
    def of(cls, row: RecordedRow) -> Record:
        """Raises ValueError for a state that is no UTF-8, and so no event."""
        key = UUID(bytes=bytes(row.key_bytes))
        event = bytes(row.state).decode()
        return cls(row.position, row.recorded_at, row.tenant, key, row.topic, event)

    def line(self) -> bytes:
        """The record as a line of NDJSON."""
        return json_codec.encode(self) + b"\n"


_decoder = msgspec.json.Decoder(Record)


def read_line(line: bytes) -> Record:
    """The inverse of `line`. Raises ValueError."""
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None


class Digested(NamedTuple):
    """What the log has of an event, but for the payload: of that the SHA-256."""

    position: int
    recorded_at: datetime
    tenant: str
    id: UUID
    type: str
    sha256: bytes

    @classmethod
    def of(cls, record: Record, state: bytes) -> Digested:
        """The record's, whose payload is `state`."""
        sha256 = hashlib.sha256(state).digest()
        return cls(
            record.position, record.recorded_at, record.tenant, record.id, record.type, sha256
        )

    def sealed(self, before: bytes) -> bytes:
        """The seal after this event, where it was `before` it.

        It is another one if anything of any event so far is, if one is missing, or if two have
        changed places.
        """
        at = format_rfc3339(self.recorded_at)
        said = [self.position, at, self.tenant, str(self.id), self.type, self.sha256.hex()]
        return hashlib.sha256(before + json_codec.encode(said)).digest()


class Stub(msgspec.Struct, frozen=True):
    """What the row of an archived event has in its payload's place."""

    file: str
    bytes: int
    sha256: str
    """Of the payload, in hexadecimal, as all digests that are written."""
    content: str
    """The digest that tells a redelivery from a conflict."""
    source: str
    id: str

    def as_json(self) -> dict[str, object]:
        """For answers: what a reader can use."""
        return {
            "file": self.file,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "source": self.source,
            "id": self.id,
        }


_stub_decoder = msgspec.json.Decoder(Stub)


def read_stub(text: str) -> Stub:
    """The stub in a row's column `archived`."""
    return _stub_decoder.decode(text)
