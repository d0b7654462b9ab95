"""A CDEvent in a CloudEvent, as CDEvents' CloudEvents binding has it (0.1 to 0.5.1).

The data is the whole CDEvent, and the CloudEvent repeats its id, source, type, subject and time.
The SDKs in use do not keep that: Go's sends the time of sending, Java's a random id and no
subject. So what the CDEvent says of itself is the truth, and the mode decides whether a CloudEvent
that says otherwise is refused or noted down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from streamgauge import json_codec
from streamgauge.cdevents import gate, glance, prose
from streamgauge.cdevents.deviations import Deviation, Mode
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.local_schemas import LocalSchemas
from streamgauge.cdevents.newer import is_newer
from streamgauge.cdevents.reasons import wrong_type
from streamgauge.cdevents.vocabulary import EventType
from streamgauge.cloudevents.attributes import charset_of
from streamgauge.cloudevents.event import Event, compose
from streamgauge.errors import InvalidCDEvent
from streamgauge.timestamps import Instant, parse_rfc3339

_NEWER = "is of a version that is not known here; kept until it is"
_CONTENT_TYPE = "must be application/json"
_USUAL = (None, "application/json")
_JSON = re.compile(r"application/json[ \t]*(?:;.*)?", re.IGNORECASE)


class Bound(msgspec.Struct, frozen=True):
    """A CDEvent that was taken."""

    document: dict[str, Any]
    event_type: EventType | None
    """None for a version of a type that is newer than those known here, kept unread."""
    deviations: Sequence[Deviation]


class Binding:
    """Reads CDEvents out of CloudEvents, in one of the two modes."""

    def __init__(self, mode: Mode = Mode.COMPAT, schemas: LocalSchemas | None = None) -> None:
        self.mode = mode
        self.schemas = schemas

    def bind(self, attributes: Mapping[str, Any], data: Any) -> Bound:
        """The CDEvent in a CloudEvent that was checked, with these attributes and this data.

        `data` is the decoded JSON, or bytes for data in base64 of no declared type. `time` is
        text, or an aware datetime, whose microseconds are then all that is compared.

        Raises InvalidCDEvent: where the schema of its type is not matched, where source or type
        differ from the CloudEvent's, and in strict mode for the first deviation of all.
        """
        found: list[Deviation] = []
        if attributes.get("datacontenttype") in _USUAL and isinstance(data, dict):
            document = data
        else:
            document = _document(attributes, data, found)
        event_type = glance.usual(document) or self._looked_at(document, found)
        context = document["context"]
        if attributes["source"] != context["source"] or attributes["type"] != context["type"]:
            raise _another_event(attributes, context)
        if attributes["id"] != context["id"]:
            found.append(_gave_way("id", attributes, "/context/id"))
        if attributes.get("subject") != document["subject"]["id"]:
            found.append(_gave_way("subject", attributes, "/subject/id"))
        if not _same_instant(attributes.get("time"), context["timestamp"]):
            found.append(_gave_way("time", attributes, "/context/timestamp"))
        if self.schemas is not None and "schemaUri" in context:
            self._check_schema_uri(self.schemas, document, found)
        if found and self.mode is Mode.STRICT:
            raise InvalidCDEvent(found[0].reason, where=found[0].where)
        return Bound(document, event_type, found)

    def _looked_at(self, document: Any, found: list[Deviation]) -> EventType | None:
        try:
            event_type = gate.validate(document)
        except InvalidCDEvent:
            if self.mode is Mode.STRICT or not is_newer(document):
                raise
            found.append(Deviation("version", "/context/type", _NEWER))
            return None
        found += prose.examine(document, event_type)
        return event_type

    def _check_schema_uri(
        self, schemas: LocalSchemas, document: Any, found: list[Deviation]
    ) -> None:
        schema_uri = document["context"]["schemaUri"]
        if schema_uri in schemas:
            schemas.check(schema_uri, document)
        else:
            reason = "names a schema that is not in the folder of schemas; none is fetched"
            found.append(Deviation("schemauri", "/context/schemaUri", reason))


def attributes_of(document: Any) -> dict[str, str]:
    """The CloudEvents attributes that a CDEvent demands around it; also those of its data."""
    context = document["context"]
    return {
        "specversion": "1.0",
        "id": context["id"],
        "source": context["source"],
        "type": context["type"],
        "subject": document["subject"]["id"],
        "time": context["timestamp"],
        "datacontenttype": "application/json",
    }


def in_cloudevent(event: CDEvent) -> Event:
    """The CDEvent in a CloudEvent, as the binding has it; ready to be sent in any mode.

    Raises InvalidCloudEvent where an id or a subject holds what no CloudEvent may.
    """
    attributes = attributes_of(event.document)
    return compose(dict(attributes), json_codec.encode(event.document)).event


def _document(attributes: Mapping[str, Any], data: Any, found: list[Deviation]) -> dict[str, Any]:
    """The CDEvent, where it does not come as the binding has it."""
    content_type: Any = attributes.get("datacontenttype")
    if isinstance(data, bytes) and content_type is None:
        try:
            data = json_codec.decode_bounded(data, inside=True)
        except ValueError as error:
            raise InvalidCDEvent(f"the data is not JSON: {error}") from None
        found.append(Deviation("datacontenttype", "datacontenttype", _CONTENT_TYPE))
    elif content_type not in _USUAL and not (
        _JSON.fullmatch(content_type) and charset_of(content_type) is None
    ):
        found.append(Deviation("datacontenttype", "datacontenttype", _CONTENT_TYPE, content_type))
    if not isinstance(data, dict):
        raise InvalidCDEvent(wrong_type(data, ["object"]))
    return data


def _another_event(attributes: Mapping[str, Any], context: Any) -> InvalidCDEvent:
    name = "source" if attributes["source"] != context["source"] else "type"
    reason = f"differs from the CloudEvent's {name}, which must be the same"
    return InvalidCDEvent(reason, where=f"/context/{name}")


def _gave_way(name: str, attributes: Mapping[str, Any], truth: str) -> Deviation:
    received = attributes.get(name)
    if received is None:
        return Deviation(name, name, f"is missing, and must be what {truth} is")
    return Deviation(name, name, f"must be what {truth} is", str(received))


def _same_instant(time: str | datetime | None, timestamp: str) -> bool:
    if time == timestamp:
        return True
    if time is None:
        return False
    if isinstance(time, datetime):
        return time == parse_rfc3339(timestamp)
    if parse_rfc3339(time) != parse_rfc3339(timestamp):
        return False
    return Instant.of(time) == Instant.of(timestamp)
