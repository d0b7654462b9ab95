"""The JSON event format, CloudEvents 1.0.2: structured messages, batches, the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streamgauge import json_codec
from streamgauge.cloudevents import v03
from streamgauge.cloudevents.attributes import (
    Attributes,
    check_attributes,
    decode_base64,
    is_json,
)
from streamgauge.cloudevents.event import Content, Event, Parsed
from streamgauge.errors import BatchTooLarge, InvalidCloudEvent


def parse(body: bytes) -> Event:
    """The one event that `body` holds. Raises InvalidCloudEvent."""
    return parse_one(body).event


def parse_one(body: bytes) -> Parsed:
    """The one event that `body` holds, with its content. Raises InvalidCloudEvent."""
    return parse_document(_decode(body), body)


def parse_batch(body: bytes, *, max_events: int) -> Iterator[Parsed]:
    """The events of a JSON array, which may be empty, each kept as the bytes it was written with.

    The first event that breaks a rule ends it, so that a caller who records nothing before the
    end has checked the batch whole. All events of a batch are of one `specversion`.

    Raises BatchTooLarge, and InvalidCloudEvent whose `where` starts with the event's place, ``/3``.
    """
    try:
        parts = json_codec.split_array(body)
    except ValueError as error:
        raise InvalidCloudEvent(f"not a JSON array of CloudEvents: {error}") from None
    if len(parts) > max_events:
        raise BatchTooLarge(f"a batch may hold {max_events} events, this one has {len(parts)}")
    first = None
    for place, part in enumerate(parts):
        try:
            document = _decode(part)
            parsed = parse_document(document, part)
            first = first or document["specversion"]
            if document["specversion"] != first:
                raise InvalidCloudEvent(
                    f"is not {first}, as in the batch so far", where="specversion"
                )
        except InvalidCloudEvent as error:
            where = f"/{place}/{error.where}" if error.where else f"/{place}"
            raise InvalidCloudEvent(error.reason, where=where) from None
        yield parsed


def is_event(document: Any) -> bool:
    """Whether a decoded JSON value looks like a structured event, well formed or not."""
    return isinstance(document, dict) and "specversion" in document


def parse_document(document: Any, body: bytes) -> Parsed:
    """The event that `document`, decoded from `body`, is. Raises InvalidCloudEvent.

    `document` is used up.
    """
    if not isinstance(document, dict):
        raise InvalidCloudEvent("a CloudEvent is a JSON object")
    if document.get("specversion") == v03.SPECVERSION:
        body = v03.from_json(body)
        document = _decode(body)
    attributes, data, encoded = _members(document)
    check_attributes(attributes)
    event = Event(attributes["source"], attributes["id"], attributes["type"], body)
    return Parsed(event, _content(attributes, data, encoded))


def read(state: bytes) -> Content:
    """What the recorded event `state` says; the inverse of what was recorded."""
    return content_of(json_codec.decode(state))


def content_of(document: dict[str, Any]) -> Content:
    """What a decoded event of the log says; `document` is used up."""
    return _content(*_members(document))


_ABSENT: Final = object()


def _decode(body: bytes) -> Any:
    try:
        return json_codec.decode_bounded(body)
    except ValueError as error:
        raise InvalidCloudEvent(f"not JSON: {error}") from None


def _members(document: dict[str, Any]) -> tuple[dict[str, Any], Any, Any]:
    """The attributes, the data, `_ABSENT` where there is none, and the data in base64 or None.

    What is left of `document` becomes the attributes.
    """
    data, encoded = document.pop("data", _ABSENT), document.pop("data_base64", None)
    # Section 2.2 and the erratum of 1.0.2: null means that the attribute is absent.
    if None in document.values():
        document = {name: value for name, value in document.items() if value is not None}
    return document, data, encoded


def _content(attributes: Attributes, data: Any, encoded: Any) -> Content:
    content_type = attributes.get("datacontenttype")
    if data is _ABSENT:
        if encoded is None:
            return Content(attributes, False, None)
        return Content(attributes, True, _decoded(encoded, content_type))
    if encoded is not None:
        raise InvalidCloudEvent("data and data_base64 exclude each other", where="data_base64")
    # Section 3.1.1: without a datacontenttype, data is JSON.
    if content_type is not None and not isinstance(data, str) and not is_json(content_type):
        raise InvalidCloudEvent(
            f"must be a string: datacontenttype is {content_type!r}", where="data"
        )
    return Content(attributes, True, data)


def _decoded(encoded: Any, content_type: Any) -> Any:
    """Section 3.1: data_base64 is how a producer may carry any data, JSON too."""
    try:
        data = decode_base64(encoded)
    except ValueError:
        raise InvalidCloudEvent("must be base64 (RFC 4648)", where="data_base64") from None
    if content_type is None or not is_json(content_type):
        return data
    try:
        return json_codec.decode_bounded(data, inside=True)
    except ValueError as error:
        raise InvalidCloudEvent(
            f"is not the JSON that datacontenttype says: {error}", where="data_base64"
        ) from None
