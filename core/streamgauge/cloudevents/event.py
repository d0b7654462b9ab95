"""A CloudEvent that has been checked and is not recorded yet."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from streamgauge import json_codec
from streamgauge.cloudevents.attributes import (
    Attributes,
    charset_of,
    check_attributes,
    is_json,
)
from streamgauge.errors import InvalidCloudEvent

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Event(msgspec.Struct, frozen=True):
    """A CloudEvent in the JSON event format, and the three attributes that identify it.

    `state` is what the log keeps: in structured mode the bytes as they were received.
    """

    source: str
    id: str
    type: str
    state: bytes


class Content(msgspec.Struct, frozen=True):
    """What an event says: its attributes, whether it has data, and the data.

    `data` is the JSON value where datacontenttype is JSON, else text, else bytes. JSON's null as
    data is None with `has_data` True.
    """

    attributes: Attributes
    has_data: bool
    data: Any


class Parsed(msgspec.Struct, frozen=True):
    """An event that was read, and what it says, which would have to be decoded again otherwise."""

    event: Event
    content: Content


def new_event(
    *,
    id: str,  # noqa: A002 - the specification's own word
    source: str,
    type: str,  # noqa: A002
    data: Any = None,
    datacontenttype: str = "application/json",
    subject: str | None = None,
    time: str | None = None,
    **extensions: str | bool | int | None,
) -> Event:
    """A CloudEvent made by a receiver.

    `data` given as bytes is a body of `datacontenttype`, kept byte for byte where that is JSON;
    anything else is written as JSON; None means no data. Attributes that are None are absent.

    Raises InvalidCloudEvent where an attribute breaks a rule or the bytes are not the JSON that
    they should be.
    """
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": type,
        "subject": subject,
        "time": time,
        "datacontenttype": None if data is None else datacontenttype,
        **extensions,
    }
    if data is not None and not isinstance(data, bytes):
        try:
            data = json_codec.encode(data)
        except ValueError as error:
            raise InvalidCloudEvent(str(error), where="data") from None
    return compose({k: v for k, v in attributes.items() if v is not None}, data).event


def compose(attributes: dict[str, Any], data: bytes | None) -> Parsed:
    """The event with these attributes and this body, in the JSON event format.

    A JSON body goes in as it is; text of another type that is UTF-8 becomes a JSON string, all
    else base64, so that the body's bytes can be given back exactly.
    """
    check_attributes(attributes)
    document = dict(attributes)
    said: Any = None
    if data is not None:
        content_type = attributes.get("datacontenttype")
        if content_type is not None and is_json(content_type):
            try:
                said = json_codec.decode_bounded(data, inside=True)
            except ValueError as error:
                raise InvalidCloudEvent(
                    f"is not the JSON that datacontenttype says: {error}", where="data"
                ) from None
            document["data"] = json_codec.Raw(data)
        elif content_type is not None and (text := _as_text(data, content_type)) is not None:
            document["data"] = said = text
        else:
            document["data_base64"] = said = data  # msgspec writes bytes as base64
    event = Event(
        source=attributes["source"],
        id=attributes["id"],
        type=attributes["type"],
        state=json_codec.encode(document),
    )
    return Parsed(event, Content(attributes, data is not None, said))


def _as_text(data: bytes, content_type: str) -> str | None:
    """The data as a JSON string can hold it; None for what only its bytes can say.

    That is text in another charset, and what is full of control characters, each of which would
    take six bytes.
    """
    if charset_of(content_type) is not None or _CONTROL.search(data):
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
