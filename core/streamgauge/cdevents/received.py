"""What is recorded of a CDEvent that was received."""

from __future__ import annotations

from typing import Any

import msgspec

from streamgauge import json_codec
from streamgauge.cdevents.binding import Binding, attributes_of
from streamgauge.cdevents.deviations import noted
from streamgauge.cdevents.gate import check_storable
from streamgauge.cloudevents.attributes import DEVIATIONS, is_json
from streamgauge.cloudevents.event import Event, Parsed, compose
from streamgauge.cloudevents.recorded import with_attributes
from streamgauge.errors import InvalidCDEvent


class Received(msgspec.Struct, frozen=True):
    """The event to record, and whether it deviates from what the specification wants."""

    event: Event
    deviates: bool


def bare(content_type: str, body: bytes) -> Any:
    """The document in a body, if it is a CDEvent without a CloudEvent around it; else None."""
    if not is_json(content_type) or content_type.startswith("application/cloudevents"):
        return None
    try:
        document = json_codec.decode_bounded(body, inside=True)
    except ValueError:
        return None
    is_one = isinstance(document, dict) and "context" in document and "specversion" not in document
    return document if is_one else None


def around(document: Any, body: bytes) -> Parsed:
    """The CloudEvent around a bare CDEvent, whose data is the body as it came.

    Raises InvalidCDEvent where the document lacks what the attributes are made of.
    """
    try:
        attributes = attributes_of(document)
    except (KeyError, TypeError):
        raise InvalidCDEvent(
            "a CDEvent needs context/id, source, type and timestamp, and subject/id"
        ) from None
    return compose(dict(attributes), body)


def receive(binding: Binding, parsed: Parsed) -> Received:
    """The event to record for a received CDEvent. Raises InvalidCDEvent.

    One that is as it should be is recorded as it came. One that deviates gets the attributes that
    its CDEvent demands, and a note of what they were; its data stays as it came to the byte.
    """
    attributes, event = parsed.content.attributes, parsed.event
    bound = binding.bind(attributes, parsed.content.data)
    check_storable(bound.document, event.state)
    if not bound.deviations and DEVIATIONS not in attributes:
        return Received(event, False)
    corrected = {**attributes, **attributes_of(bound.document)}
    corrected.pop(DEVIATIONS, None)  # what senders say of it themselves says nothing
    if bound.deviations:
        corrected[DEVIATIONS] = noted(bound.deviations)
    return Received(with_attributes(event.state, corrected), bool(bound.deviations))
