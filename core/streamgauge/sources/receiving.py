"""The receivers that most tools need: check the delivery, and make one CloudEvent of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from streamgauge import json_codec
from streamgauge.cloudevents import Event, http_binding, new_event
from streamgauge.cloudevents.event import Parsed
from streamgauge.cloudevents.recorded import with_attributes
from streamgauge.errors import InvalidCloudEvent, InvalidInput, UnsupportedMediaType
from streamgauge.sources.authenticity import Check
from streamgauge.timestamps import format_rfc3339
from streamgauge.webhooks import WebhookRequest

MAX_BATCH_EVENTS: Final = 1000
"""How many events a delivery may hold."""

_ID: Final = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_JSON: Final = re.compile(r"application/(?:(?!cloudevents)[\w.-]+\+)?json|text/json")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery becomes: the attributes of its CloudEvent, whose data is the body."""

    type: str
    """``com.<tool>.<event>``."""
    source: str
    """A URI-reference of what sent it."""
    id: str | None = None
    """The tool's id of the delivery, if a redelivery keeps it; None means a digest of the body."""
    subject: str | None = None
    time: datetime | None = None
    """When it happened, by the payload alone: a redelivery must give the same event."""


Describe = Callable[[WebhookRequest, dict[str, Any]], Delivery | None]
"""What a delivery is, its JSON object given; None for a ping."""


class WebhookReceiver:
    """Receives a tool's webhooks whose body is a JSON object."""

    def __init__(
        self, name: str, check: Check, describe: Describe, *, form_field: str | None = None
    ) -> None:
        """`form_field` is where the JSON is, if the tool also sends forms."""
        self.name = name
        self._check = check
        self._describe = describe
        self._form_field = form_field

    def receive(self, request: WebhookRequest) -> Sequence[Event]:
        """The event of the delivery; none for a ping.

        Raises WebhookRefused, and InvalidInput for what is no JSON object.
        """
        self._check(request)
        body = body_of(request, self._form_field)
        delivery = self._describe(request, json_object(body))
        return [] if delivery is None else [event_of(delivery, body)]


class CloudEventsReceiver:
    """Receives the webhooks of a tool that sends CloudEvents, in any mode.

    It takes the tool's own types, those that begin with one of `types`, and no others: who has the
    tool's secret may speak as that tool, and not as any other.

    What tells one installation of the tool from another, and is not in its events, can stand in
    the address: ``/webhooks/tekton?cluster=prod-eu`` gives each event an extension attribute
    ``cluster``, if `extensions` names it and the event has none.
    """

    def __init__(
        self, name: str, check: Check, types: Sequence[str], *, extensions: Sequence[str] = ()
    ) -> None:
        self.name = name
        self._check = check
        self._types = tuple(types)
        self._extensions = extensions

    def receive(self, request: WebhookRequest) -> Sequence[Event]:
        """The events of the delivery. Raises WebhookRefused, and InvalidInput for what is none."""
        self._check(request)
        parsed = http_binding.read(
            [*request.headers.items()], request.body, max_batch_events=MAX_BATCH_EVENTS
        )
        return [self._taken(each, request.query) for each in parsed]

    def _taken(self, parsed: Parsed, query: Mapping[str, str]) -> Event:
        if not parsed.event.type.startswith(self._types):
            raise InvalidCloudEvent(
                f"{parsed.event.type} is no type of {self.name}; its types begin with "
                f"{', '.join(self._types)}. Others can be sent to / or /cdevents, with a token",
                where="type",
            )
        return self._with_extensions(parsed, query)

    def _with_extensions(self, parsed: Parsed, query: Mapping[str, str]) -> Event:
        attributes = parsed.content.attributes
        added = {
            name: value
            for name in self._extensions
            if name not in attributes and (value := attribute(query.get(name)))
        }
        if not added:
            return parsed.event
        return with_attributes(parsed.event.state, {**attributes, **added})


def event_of(delivery: Delivery, body: bytes) -> Event:
    """The CloudEvent of a delivery, its data `body` to the byte."""
    given = delivery.id
    return new_event(
        id=given if given is not None and _ID.fullmatch(given) else digest(delivery.type, body),
        source=delivery.source,
        type=delivery.type,
        subject=attribute(delivery.subject),
        time=None if delivery.time is None else format_rfc3339(delivery.time),
        data=body,
    )


def body_of(request: WebhookRequest, form_field: str | None = None) -> bytes:
    """The JSON that the delivery carries, as the bytes it was written with.

    Raises UnsupportedMediaType, also for no Content-Type at all: any web page can send that.
    """
    content_type = request.header("content-type") or ""
    media_type = content_type.partition(";")[0].strip().lower()
    if _JSON.fullmatch(media_type):
        return request.body
    if form_field is not None and media_type == "application/x-www-form-urlencoded":
        return _in_form(request.body, form_field)
    raise UnsupportedMediaType(
        "must be application/json"
        + ("" if form_field is None else " or application/x-www-form-urlencoded"),
        where="Content-Type",
    )


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises InvalidInput that says what is wrong."""
    try:
        data = json_codec.decode_bounded(body, inside=True)
    except ValueError as error:
        raise InvalidInput(f"the payload is not JSON: {error}", where="body") from None
    if not isinstance(data, dict):
        raise InvalidInput("the payload is not a JSON object", where="body")
    return data


def needed_header(request: WebhookRequest, name: str, form: str, tool: str) -> str:
    """The header, which must match the regular expression `form`. Raises InvalidInput."""
    value = request.header(name)
    if not value:
        raise InvalidInput(f"the header is missing: is this a webhook of {tool}?", where=name)
    if not re.fullmatch(form, value, re.ASCII):
        raise InvalidInput(f"the header is not of the form that {tool} sends", where=name)
    return value


def digest(*parts: str | bytes) -> str:
    """An id made of what is the same each time a delivery is sent."""
    made = hashlib.sha256()
    for part in parts:
        encoded = part.encode() if isinstance(part, str) else part
        made.update(len(encoded).to_bytes(8, "big") + encoded)
    return made.hexdigest()


def attribute(value: str | None) -> str | None:
    """The text where a CloudEvent's attribute can hold it, without the white space around it."""
    stripped = None if value is None else value.strip()
    return stripped if stripped and all(map(_allowed, stripped)) else None


def _in_form(body: bytes, field: str) -> bytes:
    # Bytes throughout: urllib's form parser would decode them, and put U+FFFD for what is no text.
    for part in body.split(b"&"):
        name, _, value = part.partition(b"=")
        if name == field.encode():
            return unquote_to_bytes(value.replace(b"+", b" "))
    raise InvalidInput(f"the form has no field named {field}", where=field)


def _allowed(character: str) -> bool:
    """Whether CloudEvents allows the character in an attribute."""
    code = ord(character)
    control = code < 0x20 or 0x7F <= code <= 0x9F
    no_character = 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return not (control or no_character)
