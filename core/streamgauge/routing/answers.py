"""Reads CDEvents out of what a function has answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from streamgauge import json_codec
from streamgauge.cdevents import CDEvent, validate
from streamgauge.cdevents.received import bare
from streamgauge.cloudevents import http_binding
from streamgauge.errors import BatchTooLarge, InvalidCDEvent, InvalidInput
from streamgauge.routing.budget import MOST_CDEVENTS
from streamgauge.routing.connections import LARGEST_ANSWER, Answered


def read_answer(answered: Answered) -> Sequence[CDEvent]:
    """The CDEvents in an answer that says 2xx; none where there is nothing in it.

    One or a batch, in CloudEvents of any mode; or one CDEvent as it is. What the CloudEvent around
    a CDEvent says of it does not matter: the CDEvent is what is kept. Raises InvalidInput.
    """
    if len(answered.body) > LARGEST_ANSWER:
        raise BatchTooLarge(f"is over {LARGEST_ANSWER} bytes")
    in_binary = any(name.startswith("ce-") for name, _ in answered.headers)
    if answered.status == 204 or not (answered.body or in_binary):
        return []
    content_type = answered.header("content-type") or ""
    alone = None if in_binary else bare(content_type, answered.body)
    if alone is not None:
        return [_checked(alone, "")]
    places = _places(content_type)
    read = http_binding.read(answered.headers, answered.body, max_batch_events=MOST_CDEVENTS)
    return [
        _checked(_document(parsed.content.data, place), place)
        for parsed, place in zip(read, places, strict=False)
    ]


def _places(content_type: str) -> Iterator[str]:
    """Where in the answer the data of each event stands, as a JSON pointer."""
    if not http_binding.is_batch(content_type):
        yield "/data"
        return
    number = 0
    while True:
        yield f"/{number}/data"
        number += 1


def _document(data: Any, place: str) -> Any:
    """The data, which is bytes where its CloudEvent names no type for it."""
    if not isinstance(data, bytes):
        return data
    try:
        return json_codec.decode_bounded(data, inside=True)
    except ValueError as error:
        raise InvalidCDEvent(f"is no CDEvent: {error}", where=place) from None


def _checked(document: Any, place: str) -> CDEvent:
    if not isinstance(document, dict):
        raise InvalidCDEvent("is no CDEvent: a JSON object is needed", where=place)
    try:
        validate(document)
    except InvalidInput as error:
        raise InvalidCDEvent(error.reason, where=f"{place}{error.where}") from None
    return CDEvent(document)
