"""What most CDEvents are, valid and as the prose wants them, told in one look by the library.

The rules themselves are in `gate` and `prose`, which say what is wrong with the others. Nothing
passes here that would not pass there without a deviation; the reverse is not so.
"""

from __future__ import annotations

import re
from typing import Any

from jsonschema_rs import Draft202012Validator

from streamgauge.cdevents.prose import PLAIN_PURL, UUID_4
from streamgauge.cdevents.schemas import schema
from streamgauge.cdevents.vocabulary import RELEASED, EventType
from streamgauge.timestamps import PLAIN

_LINK = {
    "properties": {
        "tags": {"additionalProperties": {"type": "string"}},
        "target": {"required": ["contextId"]},
    }
}

# Of released types, filled as they are met.
_looks: dict[str, tuple[EventType, Draft202012Validator]] = {}


def usual(document: dict[str, Any]) -> EventType | None:
    """The type of a CDEvent that is as nearly all are; None for one to be looked at closely."""
    try:
        name = document["context"]["type"]
        event_type, validator = _looks.get(name) or _looks.setdefault(name, _look(RELEASED[name]))
        return event_type if validator.is_valid(document) else None
    except (KeyError, TypeError, ValueError):  # no type at all, say, or a lone surrogate
        return None


def _look(event_type: EventType) -> tuple[EventType, Draft202012Validator]:
    lines = {re.escape(release.rpartition(".")[0]) for release in event_type.releases}
    release, purl = {"pattern": rf"^(?:{'|'.join(lines)})[.][0-9]{{1,5}}$"}, {"pattern": PLAIN_PURL}
    context = {
        "specversion": release,
        "version": release,
        "timestamp": PLAIN,
        "chainId": {"pattern": UUID_4},
        "links": {"items": _LINK},
    }
    subject: dict[str, Any] = {"content": {"properties": {"artifactId": purl}}}
    if event_type.subject == "artifact":
        subject["id"] = purl
    prose = {
        "context": {"properties": context},
        "subject": {"properties": subject},
        "customDataContentType": {"const": "application/json"},
    }
    both = {"allOf": [schema(event_type), {"properties": prose}]}
    return event_type, Draft202012Validator(both, validate_formats=True)
