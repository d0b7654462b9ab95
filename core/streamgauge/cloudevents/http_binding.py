"""The HTTP protocol binding, CloudEvents 1.0.2: binary, structured and batched content modes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from streamgauge.cloudevents import json_format
from streamgauge.cloudevents.attributes import is_json
from streamgauge.cloudevents.event import Event, compose
from streamgauge.errors import InvalidCloudEvent, UnsupportedMediaType

_STRUCTURED = "application/cloudevents+json"
_BATCH = "application/cloudevents-batch+json"
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
# Section 3.1.3.2: what may stand in a header unencoded. A space is tolerated.
# An extension may be empty: Knative's GitHubSource sends such headers.
_HEADER_TEXT = re.compile(r"[\x20-\x7e]*", re.ASCII)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Message:
    """What one HTTP request carried."""

    events: list[Event]
    batch: bool


def is_batch(content_type: str | None) -> bool:
    """Whether the request is in batched mode; only the Content-Type says so."""
    return _media_type(content_type).startswith("application/cloudevents-batch")


def parse(headers: Sequence[tuple[str, str]], body: bytes, *, max_batch_events: int) -> Message:
    """The events of a request. `headers` are lower-case names with their values in latin-1.

    The mode is chosen by Content-Type alone (section 3): a batch, a structured event, else a
    binary one, whose attributes are the ``ce-`` headers.

    Raises UnsupportedMediaType for an event format other than JSON, or for a body that is neither
    in a CloudEvents format nor accompanied by ``ce-`` headers; InvalidCloudEvent for the rest.
    """
    content_type = dict(headers).get("content-type")
    media_type = _media_type(content_type)
    if media_type == _BATCH:
        return Message(json_format.parse_batch(body, max_events=max_batch_events), True)
    if media_type == _STRUCTURED:
        return Message([json_format.parse(body)], False)
    if media_type.startswith("application/cloudevents"):
        raise UnsupportedMediaType(
            f"{media_type} is not read here; send {_STRUCTURED} or {_BATCH}", where="content-type"
        )
    return Message([_parse_binary(headers, content_type, body)], False)


def _parse_binary(
    headers: Sequence[tuple[str, str]], content_type: str | None, body: bytes
) -> Event:
    attributes = _header_attributes(headers)
    if "specversion" not in attributes:
        reason = (
            "not a CloudEvent: there is no ce-specversion header, and the Content-Type is not "
            f"{_STRUCTURED} or {_BATCH}"
        )
        if attributes or is_json(content_type):
            raise InvalidCloudEvent(reason, where="ce-specversion")
        raise UnsupportedMediaType(reason, where="content-type")
    if "datacontenttype" in attributes:
        raise InvalidCloudEvent(
            "is carried by Content-Type in binary mode", where="ce-datacontenttype"
        )
    if body and content_type is not None:
        attributes["datacontenttype"] = content_type
    try:
        return compose(attributes, body or None)
    except InvalidCloudEvent as error:
        where = {"data": "body", "datacontenttype": "content-type"}
        raise type(error)(error.reason, where=where.get(error.where, f"ce-{error.where}")) from None


def _header_attributes(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name, value in headers:
        if name.startswith("ce-"):
            if name[3:] in attributes:
                raise InvalidCloudEvent("the header is given twice", where=name)
            attributes[name[3:]] = _decode_value(name, value)
    return attributes


def _decode_value(name: str, value: str) -> str:
    """Section 3.1.3.2: unquote, then one round of percent-decoding, which must give UTF-8."""
    if not _HEADER_TEXT.fullmatch(value):
        raise InvalidCloudEvent("must be percent-encoded ASCII", where=name)
    if quoted := _QUOTED.fullmatch(value):
        value = re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL)
    if _BAD_ESCAPE.search(value):
        raise InvalidCloudEvent("has a % that starts no percent-encoded byte", where=name)
    try:
        return unquote_to_bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidCloudEvent("is not UTF-8 after percent-decoding", where=name) from None


def _media_type(content_type: str | None) -> str:
    return (content_type or "").split(";", 1)[0].strip().lower()
