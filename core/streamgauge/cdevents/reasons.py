"""Why a document is refused, in words for the person who sent it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

from streamgauge.cdevents.schemas import Schema, schema
from streamgauge.cdevents.vocabulary import CUSTOM_PREFIX, PREFIX, RELEASED, EventType
from streamgauge.errors import InvalidCDEvent

_LONGEST_QUOTE = 100

_TYPE_NAMES = {
    "string": "a string",
    "object": "an object",
    "array": "a list",
    "boolean": "a boolean",
    "null": "null",
    "number": "a number",
}
_FORMATS = {
    "date-time": "an RFC 3339 timestamp such as 2026-03-01T12:30:00Z",
    "uri": "a URI with its scheme, such as https://example.com/builds/7",
    "uri-reference": "a URI, or a reference relative to one such as /teams/shop",
}


def refusal(
    validator: Draft202012Validator, document: Any, event_type: EventType
) -> InvalidCDEvent:
    """What to raise for a document that `validator` does not accept: the first of its faults."""
    return refusal_of(validator, document, event_type.name, partial(schema, event_type))


def refusal_of(
    validator: Draft202012Validator, document: Any, name: str, described: Callable[[], Schema]
) -> InvalidCDEvent:
    """As `refusal`, for what is called `name` and has the schema that `described` gives."""
    try:
        validator.validate(document)
    except ValidationError as error:
        return _of_fault(error, _Described(name, described))
    except ValueError as error:
        # The validator can judge deeper nesting than it can report on.
        reason = f"does not match the schema of {name}; where cannot be told: {error}"
        return InvalidCDEvent(reason)
    raise AssertionError("the document is valid")


class _Described(NamedTuple):
    name: str
    schema: Callable[[], Schema]
    """Built only for the reasons that need it."""


def wrong_type(value: Any, expected: Iterable[str]) -> str:
    """The reason for a value that is not of an expected JSON type, ``["object", "string"]``."""
    allowed = " or ".join(_TYPE_NAMES[name] for name in sorted(expected))
    return f"must be {allowed}, not {_type_of(value)}"


def unknown_type(name: str) -> str:
    """The reason for a type that is neither released nor a well-formed custom one."""
    if name.startswith(CUSTOM_PREFIX):
        return (
            f"{_quoted(name)} is no custom type; these are of the form "
            "dev.cdeventsx.<tool>-<subject>.<predicate>.<major>.<minor>.<patch>, "
            "in letters but for digits in the tool, with one digit for each part of the version"
        )
    if not name.startswith(PREFIX):
        return f"{_quoted(name)} is no CDEvents type; these begin with {PREFIX} or {CUSTOM_PREFIX}"
    subject, predicate, *_ = [*name.removeprefix(PREFIX).split("."), ""]
    return f"{_quoted(name)} is not released; {_nearest(subject, predicate)}"


def _nearest(subject: str, predicate: str) -> str:
    """What is released that comes nearest: versions, else predicates, else subjects."""
    siblings = [known for known in RELEASED.values() if known.subject == subject]
    if versions := [known.version for known in siblings if known.predicate == predicate]:
        return f"released: {', '.join(versions)}"
    if siblings:
        return f"{subject} has: {_listed(known.predicate for known in siblings)}"
    return f"subjects are: {_listed(known.subject for known in RELEASED.values())}"


def _of_fault(fault: ValidationError, described: _Described) -> InvalidCDEvent:
    path = fault.instance_path
    match fault.kind:
        case ValidationErrorKind.Required(property=name):
            path, reason = [*path, name], "the required member is missing"
        case ValidationErrorKind.AdditionalProperties(unexpected=[name, *_]):
            path, reason = [*path, name], f"unknown member; {_allowed(fault, described)}"
        case ValidationErrorKind.AnyOf(context=choices):
            return _of_choice(choices, described)
        case _:
            reason = _of_value(fault)
    return InvalidCDEvent(reason, where=pointer(path))


def _of_value(fault: ValidationError) -> str:
    """The reason for a value that is there, and allowed there, but wrong."""
    match fault.kind:
        case ValidationErrorKind.Type(types=expected):
            return wrong_type(fault.instance, expected)
        case ValidationErrorKind.Enum(options=words):
            return _wrong_word(fault.instance, words)
        case ValidationErrorKind.MinLength():
            return "must not be empty"
        case ValidationErrorKind.Format(format=name):
            return f"must be {_FORMATS[name]}, not {_shown(fault.instance)}"
        case ValidationErrorKind.Pattern():
            return f"must be of the form <tool>-<subject>, not {_shown(fault.instance)}"
    return fault.message


def _of_choice(
    choices: Sequence[Sequence[ValidationError]], described: _Described
) -> InvalidCDEvent:
    """The fault of an object that is none of several choices, each given with its own faults.

    A choice whose distinguishing word is not the object's was not meant.
    """
    meant = [faults for faults in choices if not any(map(_is_wrong_word, faults))]
    if meant:
        # What is missing is told before what is too much.
        return _of_fault(min(meant[0], key=_is_not_missing), described)
    wrong = [fault for faults in choices for fault in faults if _is_wrong_word(fault)]
    words = [word for fault in wrong for word in fault.kind.value]
    where = pointer(wrong[0].instance_path)
    return InvalidCDEvent(_wrong_word(wrong[0].instance, words), where=where)


def _is_wrong_word(fault: ValidationError) -> bool:
    return isinstance(fault.kind, ValidationErrorKind.Enum)


def _is_not_missing(fault: ValidationError) -> bool:
    return not isinstance(fault.kind, ValidationErrorKind.Required)


def _wrong_word(value: Any, words: Sequence[Any]) -> str:
    one_of = "one of " if len(words) > 1 else ""
    return f"must be {one_of}{', '.join(map(str, words))}, not {_shown(value)}"


def _allowed(fault: ValidationError, described: _Described) -> str:
    """The members that are allowed where there was one that is not."""
    place: Any = described.schema()
    for step in fault.schema_path[:-1]:
        place = place[step]
    return f"{described.name} allows here: {', '.join(place['properties']) or 'none'}"


def pointer(path: Iterable[str | int]) -> str:
    """A path as a JSON pointer (RFC 6901), ``/subject/content``."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _type_of(value: Any) -> str:
    for types, name in (
        (str, "string"),
        (dict, "object"),
        (list, "array"),
        (bool, "boolean"),
        (type(None), "null"),
        ((int, float), "number"),
    ):
        if isinstance(value, types):
            return _TYPE_NAMES[name]
    return f"a Python {type(value).__name__}"


def _shown(value: Any) -> str:
    return _quoted(value) if isinstance(value, str) else _type_of(value)


def _quoted(text: str) -> str:
    """`text` in quotes, on one line, of bounded length, and fit for UTF-8 whatever it holds."""
    if len(text) > _LONGEST_QUOTE:
        text = f"{text[:_LONGEST_QUOTE]}..."
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted.encode(errors="backslashreplace").decode()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))
