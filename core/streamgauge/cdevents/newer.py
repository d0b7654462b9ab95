"""Events of releases that are newer than those known here.

Such an event cannot be held against its schema. To refuse it would lose it; so in the mode
`compat` it is kept unread, if it says plainly enough that it is newer, until an update knows it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from streamgauge.cdevents.vocabulary import RELEASES, VERSIONS, line_of, lookup
from streamgauge.timestamps import parse_rfc3339

_TYPE = re.compile(r"dev\.cdevents\.([a-z]+\.[a-z]+)\.(\d{1,5}\.\d{1,5}\.\d{1,5})", re.ASCII)
_TEXT = {"type": "string", "minLength": 1}
# What every release has had so far.
_ENVELOPE = {
    "type": "object",
    "required": ["context", "subject"],
    "properties": {
        "context": {
            "type": "object",
            "required": ["id", "source", "type", "timestamp"],
            "properties": {
                "id": _TEXT,
                "source": {**_TEXT, "format": "uri-reference"},
                "type": _TEXT,
                "schemaUri": {"type": "string", "format": "uri"},
                "timestamp": {"type": "string", "format": "date-time"},
            },
        },
        "subject": {
            "type": "object",
            "required": ["id", "content"],
            "properties": {"id": _TEXT, "content": {"type": "object"}},
        },
    },
}

Version = tuple[int, ...]


def is_newer(document: Any) -> bool:
    """Whether this is an event of the vocabulary, well formed as far as can be told, whose type is
    of a version above all known ones of its kind, or which names a release above all known ones.
    """
    try:
        if not _validator().is_valid(document):
            return False
        parse_rfc3339(document["context"]["timestamp"])
    except ValueError:
        return False
    context = document["context"]
    match = _TYPE.fullmatch(context["type"])
    if match is None or lookup(context["type"]) is not None:
        return False
    known = VERSIONS.get(match[1], ())
    newer_version = bool(known) and _version(match[2]) > _version(known[-1].version)
    return newer_version or _names_newer_release(context)


def _names_newer_release(context: dict[str, Any]) -> bool:
    declared = context.get("specversion")
    line, newest = line_of(declared) if isinstance(declared, str) else None, line_of(RELEASES[-1])
    return line is not None and newest is not None and line > newest


def _version(text: str) -> Version:
    return tuple(map(int, text.split(".")))


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(_ENVELOPE, validate_formats=True)
