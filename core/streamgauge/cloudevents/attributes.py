"""Context attributes: CloudEvents 1.0.2 section 3, and the type system of section 4."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from streamgauge.errors import InvalidCloudEvent
from streamgauge.timestamps import parse_rfc3339

Attributes = Mapping[str, str | bool | int]
"""Attribute names and values; `time` stays text, so that no digit of it is lost."""

REQUIRED = ("specversion", "id", "source", "type")
_TEXT = (*REQUIRED, "datacontenttype", "dataschema", "subject", "time")

_NAME = re.compile(r"[a-z0-9]+", re.ASCII)
# Section 4: strings hold no control characters, no lone surrogates and no noncharacters.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
# RFC 3986: the characters of a URI reference, with every percent sign starting an escape.
_URI_REFERENCE = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+", re.ASCII)
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.+", re.ASCII)
_MEDIA_TYPE = re.compile(
    r"[A-Za-z0-9!#$%&'*+.^_`|~-]+/[A-Za-z0-9!#$%&'*+.^_`|~-]+[ \t]*(?:;.*)?", re.ASCII | re.DOTALL
)


def check_attributes(attributes: Mapping[str, Any]) -> None:
    """Raise InvalidCloudEvent, naming the attribute, unless every rule holds.

    A value of None is refused here; the JSON format's null means absent and is dropped before.
    """
    for name in REQUIRED:
        if name not in attributes:
            raise InvalidCloudEvent("the required attribute is missing", where=name)
    if attributes["specversion"] != "1.0":
        shown = str(attributes["specversion"])[:20]
        raise InvalidCloudEvent(f"must be '1.0', not {shown!r}", where="specversion")
    for name, value in attributes.items():
        if name in _TEXT:
            _check_text(name, value)
        else:
            _check_extension(name, value)
    source = attributes["source"]
    if not _URI_REFERENCE.fullmatch(source):
        raise InvalidCloudEvent("must be a URI reference (RFC 3986)", where="source")
    _check_optional(attributes)


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise InvalidCloudEvent(f"must be a string, not {_json_type(value)}", where=name)
    if not value:
        raise InvalidCloudEvent("must not be empty", where=name)
    if _FORBIDDEN.search(value):
        raise InvalidCloudEvent("holds a character that is not allowed", where=name)


def _check_extension(name: str, value: object) -> None:
    if not _NAME.fullmatch(name) or name == "data":
        raise InvalidCloudEvent(
            "an attribute's name is made of lower-case letters and digits", where=name[:100]
        )
    if isinstance(value, str):
        if _FORBIDDEN.search(value):
            raise InvalidCloudEvent("holds a character that is not allowed", where=name)
    elif isinstance(value, int):  # a bool is an int and always in range
        if not -(2**31) <= value < 2**31:
            raise InvalidCloudEvent("an integer has at most 32 bits", where=name)
    else:
        raise InvalidCloudEvent(
            f"must be a string, a boolean or an integer, not {_json_type(value)}", where=name
        )


def _check_optional(attributes: Mapping[str, Any]) -> None:
    if (time := attributes.get("time")) is not None:
        try:
            parse_rfc3339(time)
        except ValueError as error:
            raise InvalidCloudEvent(str(error), where="time") from None
    if (schema := attributes.get("dataschema")) is not None and not (
        _ABSOLUTE_URI.fullmatch(schema) and _URI_REFERENCE.fullmatch(schema)
    ):
        raise InvalidCloudEvent("must be an absolute URI (RFC 3986)", where="dataschema")
    content_type = attributes.get("datacontenttype")
    if content_type is not None and not _MEDIA_TYPE.fullmatch(content_type):
        raise InvalidCloudEvent("must be a media type (RFC 2046)", where="datacontenttype")


def is_json(media_type: str | None) -> bool:
    """Whether data of this datacontenttype is JSON: ``*/json`` or ``*/*+json``.

    Absent means JSON in the JSON event format (section 3.1.1 there).
    """
    if media_type is None:
        return True
    subtype = media_type.split(";", 1)[0].strip().rpartition("/")[2].lower()
    return subtype == "json" or subtype.endswith("+json")


def _json_type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "a string", int: "a number", float: "a number", list: "an array"}
    return names.get(type(value), "an object")
