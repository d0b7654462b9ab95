"""The files of an archive: written once, and read with or without a check."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from streamgauge.archive.manifest import ArchiveFile
from streamgauge.archive.record import Digested, Record, read_line
from streamgauge.errors import ArchiveError
from streamgauge.streams.recorder import RecordedRow

MOST_EVENTS = 20_000
MOST_BYTES = 64 * 1024 * 1024
"""Of payloads in a file; one event may have more."""
PART = "next.part"
"""The name of a file that is not whole yet."""
_LEVEL = 4


class Kept(NamedTuple):
    """An event of a file."""

    record: Record
    state: bytes
    digested: Digested


def write(folder: Path, rows: Iterable[RecordedRow], before: bytes) -> tuple[Path, ArchiveFile]:
    """Write these events, of which there is at least one, and say what the manifest is to say.

    `before` is the seal before the first. The file is on the disk when it returns, under the name
    PART: it is to be checked first.
    """
    path = folder / PART
    tally = _Tally(before)
    with path.open("wb") as raw:
        with gzip.GzipFile(
            "", "wb", _LEVEL, raw, mtime=0
        ) as file:  # the same to the byte each time
            for row in rows:
                record, state = Record.of(row), bytes(row.state)
                file.write(record.line())
                tally.add(Kept(record, state, Digested.of(record, state)))
        raw.flush()
        os.fsync(raw.fileno())
    return path, tally.as_file(_sha256(path))


def checked(path: Path, file: ArchiveFile, before: bytes) -> Iterator[Kept]:
    """The events of a file, which is as the manifest says if this comes to its end.

    Raises ArchiveError, at its beginning or at its end.
    """
    if _sha256(path) != file.sha256:
        raise ArchiveError(f"{path} is not as it was written: its SHA-256 is another")
    tally = _Tally(before)
    for kept in events(path):
        tally.add(kept)
        yield kept
    if tally.as_file(file.sha256) != file:
        raise ArchiveError(
            f"{path} and the manifest do not fit together, or a file before it is another: it has"
            f" {tally.events} events up to {tally.last}, the manifest {file.events} up to"
            f" {file.last}"
        )


class _Tally:
    def __init__(self, before: bytes) -> None:
        self.seal = before
        self.first = self.last = self.events = self.bytes = 0

    def add(self, kept: Kept) -> None:
        self.seal = kept.digested.sealed(self.seal)
        self.last = kept.record.position
        self.first = self.first or self.last
        self.events += 1
        self.bytes += len(kept.state)

    def as_file(self, sha256: str) -> ArchiveFile:
        name = f"{self.first:012d}-{self.last:012d}.ndjson.gz"
        seal = self.seal.hex()
        return ArchiveFile(name, self.first, self.last, self.events, self.bytes, sha256, seal)


def events(path: Path) -> Iterator[Kept]:
    """The events of a file, unchecked. Raises ArchiveError where it cannot be read."""
    try:
        with gzip.open(path) as file:
            for line in file:
                record = read_line(line)
                state = record.event.encode()
                yield Kept(record, state, Digested.of(record, state))
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except (EOFError, zlib.error, ValueError) as error:
        raise _unreadable(path, str(error)) from None


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None


def _unreadable(path: Path, reason: str) -> ArchiveError:
    return ArchiveError(f"{path} cannot be read: {reason}")
