"""Archived payloads, given back one after the other to who reads the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from streamgauge.archive import files, manifest
from streamgauge.archive.files import Kept
from streamgauge.archive.record import Stub
from streamgauge.errors import ArchiveError

ADVICE = (
    "name the archive's folder (--archive DIR, or the setting archive_dir), or put the payloads"
    " back first: streamgauge archive --restore DIR"
)


class Payloads:
    """Reads the archive in `folder`; without one, it only says what is missing.

    A file stays open from one event to the next: whoever reads a log reads it in order.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._name: str | None = None
        self._events: Iterator[Kept] = iter(())
        self._last = 0

    def check(self, first: int, last: int) -> None:
        """Raise ArchiveError where the events between these positions, the archived ones that
        somebody is about to read, cannot all be had from here."""
        where = f"the events at the positions {first:,} to {last:,} of the log are archived"
        if self._folder is None:
            raise ArchiveError(f"{where}: {ADVICE}")
        found = manifest.load(self._folder)
        if found.last < last or found.having(first) is None:
            raise ArchiveError(
                f"{where}, and {self._folder} ends at {found.last:,}: it is another log's archive,"
                " or not whole"
            )

    def state(self, position: int, stub: Stub) -> bytes:
        """The payload of the event at this position, which is what was taken away. Raises
        ArchiveError."""
        if self._folder is None:
            raise ArchiveError(
                f"the event at position {position:,} is archived, in {stub.file}: {ADVICE}"
            )
        kept = self._find(self._folder / stub.file, position)
        if kept is None or kept.digested.sha256.hex() != stub.sha256:
            raise ArchiveError(
                f"{self._folder / stub.file} has not got the payload that was at position"
                f" {position:,}: see streamgauge archive --verify {self._folder}"
            )
        return kept.state

    def _find(self, path: Path, position: int) -> Kept | None:
        if self._name != path.name or position <= self._last:
            self._events = files.events(path)
            self._name = path.name
        self._last = position
        return next((kept for kept in self._events if kept.record.position >= position), None)
