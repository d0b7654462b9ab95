"""Context attributes: CloudEvents 1.0.2 section 3, and the type system of section 4."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

from streamgauge import timestamps
from streamgauge.errors import InvalidCloudEvent
from streamgauge.uris import is_uri, is_uri_reference

Attributes = Mapping[str, str | bool | int]
"""Attribute names and values; `time` stays text, so that no digit of it is lost."""

REQUIRED = ("specversion", "id", "source", "type")
DEFINED = frozenset((*REQUIRED, "datacontenttype", "dataschema", "subject", "time"))
"""The attributes that the specification defines, all of them text; others are extensions."""

DEVIATIONS: Final = "cdeventsdeviations"
"""The extension attribute in which the receiver of a CDEvent notes what was not as it should be."""

TRACE: Final = ("traceparent", "tracestate")
"""The extension attributes that say in which trace an event was sent: another each time it is."""

_NAME = re.compile(r"[a-z0-9]+", re.ASCII)
# Section 4: strings hold no control characters, no lone surrogates and no noncharacters.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_WORD = "[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_QUOTED = r'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\xff])*"'
# RFC 9110 section 8.3.1, which is RFC 2046 and what has become of it: between two semicolons, or
# after the last, the parameter may be missing.
_MEDIA_TYPE = re.compile(
    # A space has one place where it can match: two would take exponential time for what fails.
    rf"{_WORD}/{_WORD}(?:[ \t]*;(?:[ \t]*{_WORD}=(?:{_WORD}|{_QUOTED}))?)*[ \t]*"
)

_USUAL = (None, "application/json")
# What is no media type is read too, and its words are read once: none gives anything back.
_PARAMETER = re.compile(rf";[ \t]*+({_WORD}+)=({_WORD}+|{_QUOTED})")
UTF_8: Final = ("utf-8", "utf8", "us-ascii")

_PLAIN = {"type": "string", "pattern": "^[ -~]+$"}


def _look(**others: Any) -> Callable[[Mapping[str, Any]], bool]:
    """What tells the attributes of most events at a glance, and need not say what is wrong."""
    properties = {
        "specversion": {"const": "1.0"},
        "id": _PLAIN,
        "source": {**_PLAIN, "format": "uri-reference"},
        "type": _PLAIN,
        "datacontenttype": {"type": "string", "pattern": "^application/json(?:; ?charset=utf-8)?$"},
        "dataschema": {**_PLAIN, "format": "uri"},
        "subject": _PLAIN,
        "time": timestamps.PLAIN,
        "data": False,
    }
    rules = {"required": list(REQUIRED), "properties": properties, "additionalProperties": False}
    return Draft202012Validator({**rules, **others}, validate_formats=True).is_valid


_is_usual = _look()
_is_usual_with_extensions = _look(patternProperties={"^[a-z0-9]+$": _PLAIN})


def check_attributes(attributes: Mapping[str, Any]) -> None:
    """Raise InvalidCloudEvent, naming the attribute, unless every rule holds.

    A value of None is refused here; the JSON format's null means absent and is dropped before.
    """
    try:
        if _is_usual(attributes) or _is_usual_with_extensions(attributes):
            return
    except ValueError:  # a lone surrogate, say
        pass
    _check_each(attributes)


def _check_each(attributes: Mapping[str, Any]) -> None:
    for name in REQUIRED:
        if name not in attributes:
            raise InvalidCloudEvent("the required attribute is missing", where=name)
    if attributes["specversion"] != "1.0":
        version = attributes["specversion"]
        shown = repr(version[:20]) if isinstance(version, str) else _json_type(version)
        raise InvalidCloudEvent(f"must be '1.0' or '0.3', not {shown}", where="specversion")
    for name, value in attributes.items():
        if name in DEFINED:
            _check_text(name, value)
        else:
            _check_extension(name, value)
    if not is_uri_reference(attributes["source"]):
        raise InvalidCloudEvent("must be a URI reference (RFC 3986)", where="source")
    if (time := attributes.get("time")) is not None:
        try:
            timestamps.parse_rfc3339(time)
        except ValueError as error:
            raise InvalidCloudEvent(str(error), where="time") from None
    if (schema := attributes.get("dataschema")) is not None and not is_uri(schema):
        raise InvalidCloudEvent("must be an absolute URI (RFC 3986)", where="dataschema")
    content_type = attributes.get("datacontenttype")
    if content_type not in _USUAL and not _MEDIA_TYPE.fullmatch(content_type):
        raise InvalidCloudEvent("must be a media type (RFC 2046)", where="datacontenttype")


def _holds_forbidden(text: str) -> bool:
    if text.isascii() and text.isprintable():  # what nearly all are, and much faster to tell
        return False
    return _FORBIDDEN.search(text) is not None


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise InvalidCloudEvent(f"must be a string, not {_json_type(value)}", where=name)
    if not value:
        raise InvalidCloudEvent("must not be empty", where=name)
    if _holds_forbidden(value):
        raise InvalidCloudEvent("holds a character that is not allowed", where=name)


def _check_extension(name: str, value: object) -> None:
    if not _NAME.fullmatch(name) or name == "data":
        raise InvalidCloudEvent(
            "an attribute's name is made of lower-case letters and digits", where=name[:100]
        )
    if isinstance(value, str):
        if _holds_forbidden(value):
            raise InvalidCloudEvent("holds a character that is not allowed", where=name)
    elif isinstance(value, int):  # a bool is an int and always in range
        if not -(2**31) <= value < 2**31:
            raise InvalidCloudEvent("an integer has at most 32 bits", where=name)
    else:
        raise InvalidCloudEvent(
            f"must be a string, a boolean or an integer, not {_json_type(value)}", where=name
        )


def is_json(media_type: object) -> bool:
    """Whether data of this datacontenttype is JSON: ``*/json`` or ``*/*+json``.

    Absent means JSON in the JSON event format (section 3.1.1 there).
    """
    if media_type in _USUAL:
        return True
    subtype = str(media_type).split(";", 1)[0].strip().rpartition("/")[2].lower()
    return subtype == "json" or subtype.endswith("+json")


def decode_base64(text: object) -> bytes:
    """The bytes of base64 text as RFC 4648 has it, padding and all. Raises ValueError."""
    # Even in its strict mode the library takes surplus padding.
    if not isinstance(text, str) or len(text) % 4 or text.endswith("==="):
        raise ValueError("not base64")
    return binascii.a2b_base64(text, strict_mode=True)


def charset_of(media_type: object) -> str | None:
    """The charset that a media type names, in lower case; None for none and for UTF-8, of which
    ASCII is a part."""
    charset = named_charset(media_type)
    return None if charset in UTF_8 else charset


def named_charset(media_type: object) -> str | None:
    """The charset that a media type names, in lower case; None for none."""
    found = parameters(media_type) if isinstance(media_type, str) else []
    return next((value.strip('"').lower() for name, value in found if name == "charset"), None)


def parameters(media_type: str) -> list[tuple[str, str]]:
    """The parameters of a media type: lower-case names, values as written."""
    return [(name.lower(), value) for name, value in _PARAMETER.findall(media_type)]


def _json_type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "a string", int: "a number", float: "a number", list: "an array"}
    return names.get(type(value), "an object")
