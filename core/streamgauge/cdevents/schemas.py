"""JSON Schemas (draft 2020-12) for CDEvents, built from the vocabulary's own notation."""

from __future__ import annotations

import re
from typing import Any

from streamgauge.cdevents import table
from streamgauge.cdevents.vocabulary import CUSTOM_NAME, CUSTOM_SUBJECT, ENVELOPE, TABLE, EventType

Schema = dict[str, Any]

_SIMPLE: dict[str, Schema] = {
    "string": {"type": "string"},
    "text": {"type": "string", "minLength": 1},
    "date-time": {"type": "string", "format": "date-time"},
    "uri": {"type": "string", "format": "uri"},
    "uri-reference": {"type": "string", "format": "uri-reference", "minLength": 1},
    "object": {"type": "object"},
    "data": {"type": ["object", "string"]},
}
SHAPES = dict(TABLE["shapes"])
"""What the section ``shapes`` says of each."""

_EXCEPTIONS = {
    (who, release, part): differing
    for whom, releases, part, differing in TABLE["exceptions"]
    for who in table.names(whom)
    for release in table.names(releases)
}

# `(a|b)`, or `string (a|b)` where the words are but suggestions.
WORDS = re.compile(r"(?:(string|text) )?\((.*)\)")


def schema(event_type: EventType) -> Schema:
    """The JSON Schema that a whole document of this type must satisfy, without any `$ref`.

    A custom type is taken in the form of its `specversion`.
    """
    return _OfEvent(event_type).members(*_envelope(event_type, "document"))


def link_schema() -> Schema:
    """The JSON Schema of a link that is sent by itself, without any `$ref`."""
    return _Builder().shape("sent-link")


class _Builder:
    """Turns the notation into schemas."""

    def members(self, listed: dict[str, table.Member], others_allowed: bool) -> Schema:
        """The schema of an object with these members."""
        result: Schema = {
            "type": "object",
            "properties": {member.name: self.shape(member.shape) for member in listed.values()},
            "required": [member.name for member in listed.values() if member.required],
        }
        return result if others_allowed else {**result, "additionalProperties": False}

    def shape(self, text: str) -> Schema:
        """The schema of a value that is described by the word or words `text`."""
        if text in _SIMPLE:
            return _SIMPLE[text]
        if words := WORDS.fullmatch(text):
            suggesting, listed = words.groups()
            return _SIMPLE[suggesting] if suggesting else {"enum": listed.split("|")}
        if text.startswith("["):
            return {"type": "array", "items": self.shape(text.strip("[]"))}
        if text in SHAPES:
            return self._named(SHAPES[text])
        return self._own(text)

    def _named(self, body: str) -> Schema:
        if WORDS.fullmatch(body):
            return self.shape(body)
        if " or " in body:
            return {"anyOf": [self.shape(name) for name in body.split(" or ")]}
        return self.members(*table.members(body))

    def _own(self, text: str) -> Schema:
        raise LookupError(f"vocabulary.txt names no shape {text!r}")


class _OfEvent(_Builder):
    """Knows the shapes that differ from type to type."""

    def __init__(self, event_type: EventType) -> None:
        self._event_type = event_type

    def _own(self, text: str) -> Schema:
        match text:
            case "context" | "subject":
                return self.members(*_envelope(self._event_type, text))
            case "content":
                return self.members(*table.members(self._event_type.content))
            case "event-type" if self._event_type.custom:
                return {"type": "string", "pattern": f"^{CUSTOM_NAME}$"}
            case "event-type":
                return {"enum": [self._event_type.name]}
            case "subject-type" if self._event_type.custom:
                return {"type": "string", "pattern": f"^{CUSTOM_SUBJECT}$"}
            case "subject-type":
                return {"enum": [self._event_type.subject_type]}
        return super()._own(text)


def _envelope(event_type: EventType, part: str) -> tuple[dict[str, table.Member], bool]:
    """The members of a part of the envelope, with what is different for this type."""
    release = event_type.specversion
    listed, others_allowed = table.members(ENVELOPE[part, release])
    for who in (event_type.subject, event_type.kind):
        differing, _ = table.members(_EXCEPTIONS.get((who, release, part), "-"))
        listed.update(differing)
    return listed, others_allowed
