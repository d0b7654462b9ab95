"""What is recorded of a CDEvent that was received."""

from __future__ import annotations

import msgspec

from streamgauge.cdevents.binding import Binding, attributes_of
from streamgauge.cdevents.deviations import noted
from streamgauge.cdevents.gate import check_storable
from streamgauge.cloudevents.attributes import DEVIATIONS
from streamgauge.cloudevents.event import Event, Parsed
from streamgauge.cloudevents.recorded import with_attributes


class Received(msgspec.Struct, frozen=True):
    """The event to record, and whether it deviates from what the specification wants."""

    event: Event
    deviates: bool


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
