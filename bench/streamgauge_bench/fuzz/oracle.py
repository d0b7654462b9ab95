"""What a recorded event must be, written a second time: with the standard library and nothing else.

It shares no code with streamgauge.cloudevents, so that an error there is not an error here too.
A member that is given twice counts as what it is the last time; so it does for Postgres and for
the application.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

_TEXTS = ("id", "source", "type", "specversion", "subject", "time", "dataschema", "datacontenttype")
_REQUIRED = _TEXTS[:4]
_NAME = re.compile(r"[a-z0-9]+", re.ASCII)
_URI_REFERENCE = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:", re.ASCII)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_MEDIA_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*(;.*)?")
_LONGEST_NUMBER = 400  # digits of an int that are read as one; Python refuses 4,300

Instant = tuple[datetime, bool, str]
"""Whole seconds in UTC, whether it is a leap second, and the digits of the fraction."""


def faults(state: bytes) -> Iterator[str]:
    """Why the bytes are no CloudEvent 1.0 in the JSON event format; nothing where they are."""
    try:
        event = decoded(state)
    except (ValueError, RecursionError) as error:
        yield f"not JSON: {error}"
        return
    if not isinstance(event, dict):
        yield "not an object"
        return
    # null means that the attribute is absent.
    attributes = {k: v for k, v in event.items() if v is not None and k not in _DATA}
    for name in _REQUIRED:
        if name not in attributes:
            yield f"{name} is missing"
    for name, value in attributes.items():
        yield from _attribute(name, value)
    yield from _data(event, attributes.get("datacontenttype"))


_DATA = ("data", "data_base64")


def decoded(state: bytes) -> Any:
    """The bytes as strict JSON, in which no string holds a lone surrogate."""
    text = state.decode("utf-8")
    found = json.loads(text, parse_constant=_refuse, parse_int=_int)
    if re.search(rb"\\u[dD][89a-fA-F]", state):
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # raises UnicodeEncodeError
    return found


def data_of(event: dict[str, Any]) -> Any:
    """The JSON that an event has as data, be it in base64."""
    if event.get("data_base64") is not None:
        return decoded(base64.b64decode(event["data_base64"], validate=True))
    return event.get("data")


def instant(text: str) -> Instant:
    """The instant that an RFC 3339 timestamp names. Raises ValueError."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError("not RFC 3339")
    day, minute, second, fraction, zone = match.groups()
    leap = second == "60"
    local = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}+00:00")
    if zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[4:])
        if hours > 23 or minutes > 59:
            raise ValueError("the offset is out of range")
        offset = timedelta(hours=hours, minutes=minutes)
        try:
            local += -offset if zone[0] == "+" else offset
        except OverflowError:
            raise ValueError("outside the years 1 to 9999") from None
    if leap and (local.hour, local.minute) != (23, 59):
        raise ValueError("a leap second in the middle of a day")
    return local.astimezone(UTC), leap, (fraction or ".")[1:].rstrip("0")


def is_json(content_type: str | None) -> bool:
    """Whether data of this type is JSON; it is where none is given."""
    if content_type is None:
        return True
    subtype = content_type.split(";")[0].strip().lower().rpartition("/")[2]
    return subtype == "json" or subtype.endswith("+json")


def _attribute(name: str, value: Any) -> Iterator[str]:
    if name in _TEXTS and not (isinstance(value, str) and value):
        yield f"{name} is no text or empty"
        return
    if not _NAME.fullmatch(name):
        yield f"the name {name[:40]!a} is not allowed"
    if isinstance(value, str):
        yield from _text(name, value)
    elif not isinstance(value, int) or not -(2**31) <= value < 2**31:
        yield f"{name} is no string, boolean or integer of 32 bits"


def _text(name: str, value: str) -> Iterator[str]:
    if any(map(_forbidden, value)):
        yield f"{name} holds a character that is not allowed"
    if name == "specversion" and value != "1.0":
        yield f"specversion is {value[:20]!a}"
    if name in ("source", "dataschema") and not _URI_REFERENCE.fullmatch(value):
        yield f"{name} is no URI reference"
    if name == "dataschema" and not _SCHEME.match(value):
        yield "dataschema has no scheme"
    if name == "datacontenttype" and not _MEDIA_TYPE.fullmatch(value):
        yield "datacontenttype is no media type"
    if name == "time":
        try:
            instant(value)
        except ValueError as error:
            yield f"time: {error}"


def _forbidden(character: str) -> bool:
    """Control characters, surrogates and noncharacters (CloudEvents 1.0.2, section 4)."""
    if " " <= character <= "~":
        return False
    code = ord(character)
    return (
        code < 0x20
        or 0x7F <= code <= 0x9F
        or 0xD800 <= code <= 0xDFFF
        or 0xFDD0 <= code <= 0xFDEF
        or code & 0xFFFE == 0xFFFE
    )


def _data(event: dict[str, Any], content_type: Any) -> Iterator[str]:
    encoded = event.get("data_base64")
    if "data" in event:
        if encoded is not None:
            yield "data and data_base64 are both there"
        text_wanted = isinstance(content_type, str) and not is_json(content_type)
        if text_wanted and not isinstance(event["data"], str):
            yield "data is no string, and datacontenttype is not JSON"
        return
    if encoded is None:
        return
    try:
        if not isinstance(encoded, str):
            raise ValueError("no string")
        raw = base64.b64decode(encoded, validate=True)
        if isinstance(content_type, str) and is_json(content_type):
            decoded(raw)
    except (ValueError, RecursionError) as error:
        yield f"data_base64: {error}"


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) < _LONGEST_NUMBER else float(digits)
