"""The JSON event format, CloudEvents 1.0.2: structured messages, batches, the log."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from streamgauge import json_codec
from streamgauge.cloudevents.attributes import Attributes, check_attributes, is_json
from streamgauge.cloudevents.event import Event
from streamgauge.errors import InvalidCloudEvent


def parse(body: bytes) -> Event:
    """The one event that `body` holds. Raises InvalidCloudEvent."""
    return parse_document(_decode(body), body)


def parse_batch(body: bytes, *, max_events: int) -> list[Event]:
    """The events of a JSON array, which may be empty, each kept as the bytes it was written with.

    A batch is checked whole: the first event that breaks a rule refuses all of them.
    Raises InvalidCloudEvent whose `where` starts with the event's place, ``/3``.
    """
    try:
        parts = json_codec.split_array(body)
    except ValueError as error:
        raise InvalidCloudEvent(f"not a JSON array of CloudEvents: {error}") from None
    if len(parts) > max_events:
        raise InvalidCloudEvent(f"a batch may hold {max_events} events, this one has {len(parts)}")
    events = []
    for place, part in enumerate(parts):
        try:
            events.append(parse(part))
        except InvalidCloudEvent as error:
            where = f"/{place}/{error.where}" if error.where else f"/{place}"
            raise InvalidCloudEvent(error.reason, where=where) from None
    return events


def parse_document(document: Any, body: bytes) -> Event:
    """The event that `document`, decoded from `body`, is. Raises InvalidCloudEvent."""
    if not isinstance(document, dict):
        raise InvalidCloudEvent("a CloudEvent is a JSON object")
    attributes = _attributes(document)
    check_attributes(attributes)
    _check_data(document, attributes)
    return Event(
        source=attributes["source"], id=attributes["id"], type=attributes["type"], state=body
    )


@dataclass(frozen=True, slots=True)
class Content:
    """What an event in the log says: its attributes, whether it has data, and the data.

    `data` is the JSON value where datacontenttype is JSON, else text, else bytes. JSON's null as
    data is None with `has_data` True.
    """

    attributes: Attributes
    has_data: bool
    data: Any


def read(state: bytes) -> Content:
    """What the recorded event `state` says; the inverse of what was recorded."""
    return content_of(json_codec.decode(state))


def content_of(document: dict[str, Any]) -> Content:
    """What a decoded event of the log says."""
    attributes = _attributes(document)
    if "data" in document:
        return Content(attributes, True, document["data"])
    if (encoded := document.get("data_base64")) is not None:
        data: Any = base64.b64decode(encoded)
        # Section 3.1.1: data_base64 is how a producer may carry any data, JSON too.
        if "datacontenttype" in attributes and is_json(str(attributes["datacontenttype"])):
            data = json_codec.decode(data)
        return Content(attributes, True, data)
    return Content(attributes, False, None)


def data_bytes(state: bytes) -> bytes | None:
    """The data of a recorded event as a body: JSON to the byte as it was written, else text or
    bytes; None where there is none."""
    members = json_codec.split_object(state)
    content = content_of({name: json_codec.decode(raw) for name, raw in members.items()})
    if not content.has_data:
        return None
    if "data" not in members:
        return base64.b64decode(json_codec.decode(members["data_base64"]))
    content_type = content.attributes.get("datacontenttype")
    if is_json(None if content_type is None else str(content_type)):
        return members["data"]
    return str(content.data).encode("utf-8")


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two events of one (source, id) say the same, however each was written.

    Member order, white space, nulls that mean absent and base64 against text do not count.
    """
    if one == other:
        return True
    first, second = read(one), read(other)
    return (
        first.has_data == second.has_data
        and json_codec.equal(first.attributes, second.attributes)
        and json_codec.equal(first.data, second.data)
    )


def _decode(body: bytes) -> Any:
    try:
        return json_codec.decode(body)
    except ValueError as error:
        raise InvalidCloudEvent(f"not JSON: {error}") from None


def _attributes(document: dict[str, Any]) -> dict[str, Any]:
    # Section 2.2 and the erratum of 1.0.2: null means that the attribute is absent.
    return {
        name: value
        for name, value in document.items()
        if value is not None and name not in ("data", "data_base64")
    }


def _check_data(document: dict[str, Any], attributes: Attributes) -> None:
    encoded = document.get("data_base64")
    if "data" in document:
        if encoded is not None:
            raise InvalidCloudEvent("data and data_base64 exclude each other", where="data_base64")
        content_type = attributes.get("datacontenttype")
        if not is_json(None if content_type is None else str(content_type)) and not isinstance(
            document["data"], str
        ):
            raise InvalidCloudEvent(
                f"must be a string: datacontenttype is {content_type!r}", where="data"
            )
    if encoded is None:
        return
    try:
        if not isinstance(encoded, str):
            raise ValueError("not a string")
        data = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise InvalidCloudEvent("must be base64 (RFC 4648)", where="data_base64") from None
    content_type = attributes.get("datacontenttype")
    if content_type is not None and is_json(str(content_type)):
        try:
            json_codec.decode(data)
        except ValueError as error:
            raise InvalidCloudEvent(
                f"is not the JSON that datacontenttype says: {error}", where="data_base64"
            ) from None
