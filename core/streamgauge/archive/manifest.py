"""What an archive's folder says that it has: the manifest, replaced as a whole."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from streamgauge.archive.record import START
from streamgauge.errors import ArchiveError

NAME = "manifest.json"
FORMAT = "streamgauge-archive-1"


class ArchiveFile(msgspec.Struct, frozen=True):
    """One file of events, which stand in it in the order of the log."""

    name: str
    first: int
    last: int
    events: int
    bytes: int
    """Of the payloads together, uncompressed."""
    sha256: str
    """Of the file."""
    seal: str
    """After its last event."""


class Manifest(msgspec.Struct, frozen=True):
    """The files, in the order of the log."""

    files: list[ArchiveFile] = []
    format: str = FORMAT

    @property
    def last(self) -> int:
        """The position of the last event; 0 where there is none."""
        return self.files[-1].last if self.files else 0

    @property
    def seal(self) -> bytes:
        """After the last event."""
        return bytes.fromhex(self.files[-1].seal) if self.files else START

    def before(self, number: int) -> bytes:
        """The seal before the first event of that file."""
        return bytes.fromhex(self.files[number - 1].seal) if number else START

    def having(self, position: int) -> ArchiveFile | None:
        """The file in which that event would be."""
        found = (file for file in self.files if file.first <= position <= file.last)
        return next(found, None)


_decoder = msgspec.json.Decoder(Manifest)


def load(folder: Path, *, new: bool = False) -> Manifest:
    """The manifest of the folder; an empty one where there is none and a `new` archive may be.

    Raises ArchiveError.
    """
    path = folder / NAME
    try:
        found = _decoder.decode(path.read_bytes())
    except FileNotFoundError:
        if new:
            return Manifest()
        raise ArchiveError(f"{folder} is no archive: it has no {NAME}") from None
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ArchiveError(f"{path} is not the manifest of an archive: {error}") from None
    _check(path, found)
    return found


def _check(path: Path, found: Manifest) -> None:
    if found.format != FORMAT:
        raise ArchiveError(f"{path} is of the format {found.format!r}, not {FORMAT!r}")
    last = 0
    for file in found.files:
        if not (last < file.first <= file.last) or Path(file.name).name != file.name:
            raise ArchiveError(f"{path}: {file.name!r} is out of order, or no file's name")
        last = file.last


def save(folder: Path, manifest: Manifest) -> None:
    """Put it in the place of the one before; on the disk when it returns."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    part = folder / f"{NAME}.part"
    with part.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / NAME)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Have the names in it on the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
