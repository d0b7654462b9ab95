"""The gate: a CDEvent passes if it matches the schema of its declared type.

The rules that no schema holds, those of the CloudEvents binding and of the specification's prose,
are not looked at here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from math import isfinite
from typing import Any, NamedTuple

from jsonschema_rs import Draft202012Validator

from streamgauge.cdevents.reasons import refusal, unknown_type, wrong_type
from streamgauge.cdevents.schemas import schema
from streamgauge.cdevents.vocabulary import CUSTOM_RELEASES, EventType, lookup
from streamgauge.errors import InvalidCDEvent
from streamgauge.timestamps import parse_rfc3339


class _Check(NamedTuple):
    event_type: EventType
    validator: Draft202012Validator


# Of released types, filled as they are met: to compile them all would cost each start some 30 ms.
_checks: dict[str, _Check] = {}


def validate(document: Any) -> EventType:
    """The type of the CDEvent `document`, JSON-like Python, if it matches that type's schema.

    A custom type is checked in the form that its context shows, with `version` as up to release
    0.4.1 or with `specversion`; the type returned names the releases of that form alone.

    Raises InvalidCDEvent, with the place as a JSON pointer, for anything else; `document` may be
    any value at all.
    """
    try:
        event_type, validator = _checks[document["context"]["type"]]
    except (KeyError, TypeError):
        event_type, validator = _check_for(document)
    try:
        valid = validator.is_valid(document)
    except ValueError as error:
        raise InvalidCDEvent(f"holds what JSON cannot express: {error}") from None
    if not valid:
        raise refusal(validator, document, event_type)
    try:
        # The validator takes a sign or a point for a digit (2026-03-01T1+:30:00Z), and no datetime
        # has the year 0.
        parse_rfc3339(document["context"]["timestamp"])
    except ValueError as error:
        raise InvalidCDEvent(str(error), where="/context/timestamp") from None
    return event_type


def _check_for(document: Any) -> _Check:
    """The check for the type that `document` declares; raises InvalidCDEvent if there is none."""
    name = _member(_member(document, "context", within=""), "type", within="/context")
    if not isinstance(name, str):
        raise InvalidCDEvent(wrong_type(name, ["string"]), where="/context/type")
    event_type = lookup(name)
    if event_type is None:
        raise InvalidCDEvent(unknown_type(name), where="/context/type")
    if event_type.custom:
        return _custom_check(event_type, document["context"])
    return _checks.setdefault(name, _Check(event_type, _compile(event_type)))


def _member(value: Any, name: str, *, within: str) -> Any:
    if not isinstance(value, dict):
        raise InvalidCDEvent(wrong_type(value, ["object"]), where=within)
    if name not in value:
        raise InvalidCDEvent("the required member is missing", where=f"{within}/{name}")
    return value[name]


def _custom_check(event_type: EventType, context: dict[str, Any]) -> _Check:
    # Only the first release with custom events still says `version`.
    old = "version" in context and "specversion" not in context
    releases = CUSTOM_RELEASES[:1] if old else CUSTOM_RELEASES[1:]
    return _Check(replace(event_type, releases=releases), _custom_validator(releases[-1]))


@cache
def _custom_validator(release: str) -> Draft202012Validator:
    """The one validator of all custom types in the form of `release`."""
    any_type = lookup("dev.cdeventsx.any-subject.predicate.0.0.0")
    assert any_type is not None
    return _compile(replace(any_type, releases=(release,)))


def _compile(event_type: EventType) -> Draft202012Validator:
    return Draft202012Validator(schema(event_type), validate_formats=True)


def check_storable(document: Any, encoded: bytes) -> None:
    """Raise InvalidCDEvent if the valid CDEvent holds what cannot be kept: U+0000, which Postgres
    text has not, and numbers that JSON has not, for which the encoder writes null.

    Facts are made of context and subject; texts of customData stay in the log as they are.
    `encoded` is the document as JSON, in which the character can only stand escaped, so that most
    events are done with at a glance.
    """
    if b"\\" in encoded and b"\\u0000" in encoded:  # a single byte is found much faster
        for name in ("context", "subject"):
            if _holds_nul(document[name]):
                raise InvalidCDEvent(
                    "holds the character U+0000, which cannot be kept", where=f"/{name}"
                )
    if b"null" in encoded and _holds_no_number(document):
        raise InvalidCDEvent("holds NaN or an infinite number, which JSON has not")


def _holds_nul(value: Any) -> bool:
    return any(isinstance(part, str) and "\0" in part for part in _parts(value))


def _holds_no_number(value: Any) -> bool:
    return any(isinstance(part, float) and not isfinite(part) for part in _parts(value))


def _parts(value: Any) -> Iterator[Any]:
    """Every key and value; a list and no recursion: it may be as deep as JSON is read."""
    parts = [value]
    while parts:
        part = parts.pop()
        yield part
        if isinstance(part, dict):
            parts.extend(part)
            parts.extend(part.values())
        elif isinstance(part, list):
            parts.extend(part)
