"""A declarative transformer's file: read, and checked before anything is done with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from streamgauge.declarative.events import MEMBERS, EventTemplate
from streamgauge.declarative.transformer import DeclarativeTransformer
from streamgauge.errors import InvalidTransformer
from streamgauge.routing.yaml_text import read_yaml

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,49}")
_MEMBERS: Final = ("name", "types", "events", "tests")
SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Document:
    """What one file says."""

    file: str
    transformer: DeclarativeTransformer
    types: tuple[str, ...]
    """The CloudEvent types that are routed to it."""
    tests: tuple[Mapping[str, Any], ...]


def files_in(path: Path) -> list[Path]:
    """The file itself, or the YAML files of a folder in the order of their names.

    Raises InvalidTransformer where there is neither.
    """
    if path.is_dir():
        return sorted(
            each
            for each in path.iterdir()
            if each.suffix in SUFFIXES and each.name[0] != "."  # as editors lock files
        )
    if path.is_file():
        return [path]
    raise InvalidTransformer("there is no such file or folder", where=str(path))


def read_file(path: Path) -> Document:
    """The document in a file. Raises InvalidTransformer, PluginError without the extra cel."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidTransformer(f"cannot be read: {error}", where=str(path)) from None
    return read_text(text, str(path))


def read_text(text: str, file: str) -> Document:
    """The document in a YAML text that `file` is the name of. Raises InvalidTransformer."""
    try:
        document = read_yaml(text)
    except ValueError as error:
        raise InvalidTransformer(f"is not YAML: {error}", where=file) from None
    members = _object(document, file, _MEMBERS, needed=("name", "events"))
    name = members["name"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidTransformer(
            "must be lower-case letters, digits and dashes, 50 of them at most",
            where=f"{file}: name",
        )
    events = [
        EventTemplate.read(_object(each, place, MEMBERS, needed=("kind", "id", "subject")), place)
        for place, each in _listed(members["events"], f"{file}: events")
    ]
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Document(
        file,
        DeclarativeTransformer(name, version, tuple(events)),
        tuple(
            _type(each, place)
            for place, each in _listed(members.get("types", []), f"{file}: types")
        ),
        tuple(
            _object(each, place, ("name", "event", "gives"), needed=("name", "event", "gives"))
            for place, each in _listed(members.get("tests", []), f"{file}: tests")
        ),
    )


def _object(
    value: Any, where: str, allowed: Collection[str], *, needed: Collection[str]
) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidTransformer(f"must be a mapping with {', '.join(allowed)}", where=where)
    for name in value:
        if name not in allowed:
            raise InvalidTransformer(
                f"there is no {name!r} here; there are: {', '.join(allowed)}", where=where
            )
    for name in needed:
        if name not in value:
            raise InvalidTransformer(f"{name!r} is needed", where=where)
    return value


def _listed(value: Any, where: str) -> list[tuple[str, Any]]:
    if not isinstance(value, list):
        raise InvalidTransformer("must be a list", where=where)
    return [(f"{where}/{place}", each) for place, each in enumerate(value)]


def _type(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value or "*" in value[:-1]:
        raise InvalidTransformer(
            "must be a CloudEvent type; a * may only stand at the end", where=where
        )
    return value
