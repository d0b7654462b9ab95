"""The HTTP protocol binding, CloudEvents 1.0.2: binary, structured and batched content modes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from streamgauge import json_codec
from streamgauge.cloudevents import json_format, v03
from streamgauge.cloudevents.attributes import charset_of, is_json
from streamgauge.cloudevents.event import Event, Parsed, compose
from streamgauge.cloudevents.recorded import take_apart
from streamgauge.errors import InvalidCloudEvent, UnsupportedMediaType

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"

_CLOUDEVENTS = "application/cloudevents"
Headers = Sequence[tuple[str, str]]
"""Lower-case names with their values in latin-1, as they came; one may come twice."""

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# What is sent as it is: all of U+0021 to U+007E but the double quote and the percent sign.
_UNENCODED = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


def is_batch(content_type: str | None) -> bool:
    """Whether the message is in batched mode; only the Content-Type says so."""
    return _media_type(content_type or "").startswith("application/cloudevents-batch")


def parse(headers: Headers, body: bytes, *, max_batch_events: int) -> list[Event]:
    """The events of a message, all of them or none; `read` says what is raised."""
    return [parsed.event for parsed in read(headers, body, max_batch_events=max_batch_events)]


def read(headers: Headers, body: bytes, *, max_batch_events: int) -> Iterable[Parsed]:
    """The events of a message with their content; those of a batch are read one after the other.

    The mode is chosen by Content-Type alone (section 3): a batch, a structured event, else a
    binary one, whose attributes are the ``ce-`` headers. There is one exception: some producers
    call a structured event application/json; that is one which has no ``ce-`` headers.

    Raises UnsupportedMediaType for an event format other than JSON, or for a body that is neither
    in a CloudEvents format nor accompanied by ``ce-`` headers; InvalidCloudEvent for the rest.
    """
    named = dict(headers)
    content_type = named.get("content-type")
    if content_type == STRUCTURED:
        return [json_format.parse_one(body)]
    if content_type is not None and _is_format(content_type):
        media_type = _media_type(content_type)
        _require_json_in_utf8(media_type, content_type)
        if media_type == BATCH:
            return json_format.parse_batch(body, max_events=max_batch_events)
        return [json_format.parse_one(body)]
    if len(named) != len(headers):
        _require_each_once(headers)
    if attributes := _header_attributes(named):
        return [_parse_binary(attributes, content_type, body)]
    return [_parse_mislabelled(content_type or "", body)]


def structured(state: bytes) -> tuple[Headers, bytes]:
    """A recorded event as a message in structured mode: the event to the byte as it is kept."""
    return [("content-type", STRUCTURED)], state


def binary(state: bytes) -> tuple[Headers, bytes]:
    """A recorded event as a message in binary mode, its data to the byte as it was received.

    What binary mode has no words for: an extension's boolean or integer arrives as text, and
    empty data as no data. An event that cannot travel so at all goes out in structured mode: one
    whose data is itself called a CloudEvent, which would be taken for this one, and text that its
    charset cannot express.
    """
    try:
        body = take_apart(state)
    except ValueError:
        return structured(state)
    attributes = dict(body.attributes)
    content_type = attributes.pop(
        "datacontenttype", "application/json" if body.implies_json else None
    )
    if content_type is not None and _is_format(str(content_type)):
        return structured(state)
    headers = [(f"ce-{name}", _encode_value(value)) for name, value in attributes.items()]
    if content_type is not None:
        headers.append(("content-type", str(content_type)))
    return headers, body.data or b""


def _require_json_in_utf8(media_type: str, content_type: str) -> None:
    if media_type not in (STRUCTURED, BATCH):
        raise UnsupportedMediaType(
            f"{media_type} is not read here; send {STRUCTURED} or {BATCH}", where="content-type"
        )
    if charset_of(content_type) is not None:
        raise UnsupportedMediaType("JSON is UTF-8, and no other charset", where="content-type")


def _parse_mislabelled(content_type: str, body: bytes) -> Parsed:
    """A structured event that says application/json, if it is one."""
    reason = (
        f"not a CloudEvent: there are no ce- headers, and the Content-Type is not {STRUCTURED} "
        f"or {BATCH}"
    )
    if not is_json(content_type) or charset_of(content_type) is not None:
        raise UnsupportedMediaType(reason, where="content-type")
    try:
        document = json_codec.decode_bounded(body)
    except ValueError as error:
        raise InvalidCloudEvent(f"{reason}; as JSON: {error}", where="ce-specversion") from None
    if not json_format.is_event(document):
        raise InvalidCloudEvent(reason, where="ce-specversion")
    return json_format.parse_document(document, body)


def _parse_binary(attributes: dict[str, Any], content_type: str | None, body: bytes) -> Parsed:
    try:
        if attributes.get("specversion") == v03.SPECVERSION:
            attributes = v03.from_headers(attributes)
        if "specversion" not in attributes:
            raise InvalidCloudEvent("the required attribute is missing", where="specversion")
        if "datacontenttype" in attributes:
            raise InvalidCloudEvent(
                "is carried by Content-Type in binary mode", where="datacontenttype"
            )
        typed = {} if content_type is None else {"datacontenttype": content_type}
        return compose(attributes | typed, body or None)
    except InvalidCloudEvent as error:
        elsewhere = {"data": "body", "datacontenttype": "content-type"}
        where = {name: place for name, place in elsewhere.items() if name not in attributes}
        raise type(error)(error.reason, where=where.get(error.where, f"ce-{error.where}")) from None


def _require_each_once(headers: Headers) -> None:
    seen = set()
    for name, _ in headers:
        if name in seen and name.startswith("ce-"):
            raise InvalidCloudEvent("the header is given twice", where=name)
        seen.add(name)


def _header_attributes(headers: Mapping[str, str]) -> dict[str, Any]:
    attributes = {name[3:]: value for name, value in headers.items() if name[:3] == "ce-"}
    text = "".join(attributes.values())
    if '"' in text or "%" in text or not text.isascii():
        return {name: _decode_value(f"ce-{name}", value) for name, value in attributes.items()}
    return attributes


def _decode_value(name: str, value: str) -> str:
    """Section 3.1.3.2: unquote, then one round of percent-decoding, which must give UTF-8.

    A space is tolerated. An extension may be empty: Knative's GitHubSource sends such headers.
    """
    if not value.isascii():
        raise InvalidCloudEvent("must be percent-encoded ASCII", where=name)
    if value[:1] == '"':
        quoted = _QUOTED.fullmatch(value)
        if quoted is None:
            raise InvalidCloudEvent("begins with a quote that does not end", where=name)
        value = re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL)
    if "%" not in value:
        return value
    if _BAD_ESCAPE.search(value):
        raise InvalidCloudEvent("has a % that starts no percent-encoded byte", where=name)
    try:
        return unquote_to_bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidCloudEvent("is not UTF-8 after percent-decoding", where=name) from None


def _encode_value(value: str | bool | int) -> str:
    """Section 3.1.3.2, of the canonical string form of a value (core, section 4)."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return quote(text, safe=_UNENCODED)


def _is_format(content_type: str) -> bool:
    """Whether it begins as the media types of CloudEvents do, known here or not."""
    return content_type.lstrip()[: len(_CLOUDEVENTS)].lower() == _CLOUDEVENTS


def _media_type(content_type: str) -> str:
    return content_type.split(";", 1)[0].strip().lower()
