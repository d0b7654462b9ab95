"""A transformer that a file describes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cloudevents.core.v1.event import CloudEvent

from streamgauge.cdevents import CDEvent
from streamgauge.declarative.events import EventTemplate
from streamgauge.expressions import Values
from streamgauge.timestamps import format_rfc3339


@dataclass(slots=True)
class DeclarativeTransformer:
    """Makes the CDEvents that the entries of a file say."""

    name: str
    version: str
    """A digest of the file: what a CDEvent was made by can be told after the file has changed."""
    events: tuple[EventTemplate, ...]

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """The CDEvents of each entry that matches, in the order of the file.

        Raises ExpressionFailed, which names the entry and the member, for a member without a
        value that must have one.
        """
        attributes = {
            name: format_rfc3339(value) if name == "time" else value
            for name, value in event.get_attributes().items()
        }
        values = Values(attributes, _without_nulls(event.get_data()))
        accepted, source = event.get_time(), event.get_source()
        assert accepted is not None, "Streamgauge gives every event a time"
        return [made for entry in self.events for made in entry.made(values, source, accepted)]


def _without_nulls(value: Any) -> Any:
    """The value without the members that are null: tools write it for "not set", and a default
    (``data.?env.orValue('production')``) would not stand in for it."""
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value
