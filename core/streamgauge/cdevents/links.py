"""Links: those that an event carries in `context.links`, and those that are sent by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from streamgauge.cdevents.reasons import refusal_of
from streamgauge.cdevents.schemas import link_schema
from streamgauge.errors import InvalidCDEvent
from streamgauge.timestamps import parse_rfc3339

Link = dict[str, Any]


def path(from_id: str, tags: Mapping[str, str] | None = None) -> Link:
    """A link to embed: the event goes on from the one whose `context.id` is `from_id`."""
    return _link("PATH", {"from": {"contextId": from_id}}, tags)


def end(from_id: str | None = None, tags: Mapping[str, str] | None = None) -> Link:
    """A link to embed: the chain ends with this event, which goes on from `from_id`."""
    return _link("END", {} if from_id is None else {"from": {"contextId": from_id}}, tags)


def relation(kind: str, target_id: str, tags: Mapping[str, str] | None = None) -> Link:
    """A link to embed: the event has to do with `target_id` in the way that `kind` says."""
    return _link("RELATION", {"linkKind": kind, "target": {"contextId": target_id}}, tags)


def validate_link(document: Any) -> str:
    """The `linkType` of a link that is sent by itself: START, PATH, END or RELATION.

    `document` is JSON-like Python and has `chainId` and `timestamp`, which an embedded link has
    not. It may be any value at all.

    Raises InvalidCDEvent, with the place as a JSON pointer, for what matches no schema of a link.
    """
    validator = _validator()
    try:
        valid = validator.is_valid(document)
    except ValueError as error:
        raise InvalidCDEvent(f"holds what JSON cannot express: {error}") from None
    if not valid:
        raise refusal_of(validator, document, "a link", link_schema)
    try:
        parse_rfc3339(document["timestamp"])
    except ValueError as error:
        raise InvalidCDEvent(str(error), where="/timestamp") from None
    return str(document["linkType"])


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(link_schema(), validate_formats=True)


def _link(link_type: str, members: Link, tags: Mapping[str, str] | None) -> Link:
    return {"linkType": link_type, **members, **({} if tags is None else {"tags": dict(tags)})}
