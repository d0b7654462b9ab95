"""CDEvents to send: of a kind that is known at run time only, or by a typed constructor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from math import isfinite
from typing import Any, TypedDict

from streamgauge import json_codec
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.gate import check_storable, validate
from streamgauge.cdevents.releases import rewrite
from streamgauge.cdevents.shapes import Ref, Release
from streamgauge.cdevents.vocabulary import latest, newest
from streamgauge.errors import InvalidCDEvent
from streamgauge.timestamps import format_rfc3339


class More(TypedDict, total=False):
    """What every typed constructor takes beside the members of its own content.

    `release` is the release of the specification whose form the event is to have; None is the
    newest. `custom_data` may be a string that `custom_data_content_type` explains.
    """

    subject_source: str | None
    custom_data: Mapping[str, Any] | str | None
    custom_data_content_type: str | None
    chain_id: str | None
    links: Sequence[Mapping[str, Any]] | None
    schema_uri: str | None
    release: Release | None


def new(
    kind: str,
    *,
    id: str,  # noqa: A002 - the specification's own word
    source: str,
    timestamp: datetime,
    subject_id: str,
    subject_source: str | None = None,
    content: Mapping[str, Any] | None = None,
    custom_data: Mapping[str, Any] | str | None = None,
    custom_data_content_type: str | None = None,
    chain_id: str | None = None,
    links: Sequence[Mapping[str, Any]] | None = None,
    schema_uri: str | None = None,
    release: str | None = None,
) -> CDEvent:
    """A CDEvent of the newest release, or of `release`, for a kind that is known at run time.

    `kind` is ``"service.deployed"`` for a type of the vocabulary, or a whole custom type,
    ``"dev.cdeventsx.tool-subject.predicate.0.1.0"``. `content` is as in the newest release that
    has the kind, whatever `release` is; withdrawn kinds can be had by naming a release. Members
    of `content` and of `custom_data` that are None are left out. The event is checked when it
    reaches the log, not here.

    Raises UnknownName for a kind that the vocabulary does not have and for an unknown release,
    InvalidCDEvent for a kind or a member that `release` has not, ValueError for a timestamp
    without a zone.
    """
    event_type = newest(kind) if release is None else latest(kind)
    context: dict[str, Any] = {
        "specversion": event_type.specversion,
        "id": id,
        "source": source,
        "type": event_type.name,
        "timestamp": format_rfc3339(timestamp),
        "schemaUri": schema_uri,
        "chainId": chain_id,
        "links": _links(links),
    }
    document: dict[str, Any] = {
        "context": _present(context),
        "subject": {
            **_present({"id": subject_id, "source": subject_source}),
            "content": _present(content or {}),
        },
        "customData": _present(custom_data) if isinstance(custom_data, Mapping) else custom_data,
        "customDataContentType": custom_data_content_type,
    }
    if document["customData"] == {}:
        del document["customData"]
    event = CDEvent(_present(document))
    return event if release is None else rewrite(event, release)


def build_event(
    kind: str,
    id: str,  # noqa: A002
    source: str,
    timestamp: datetime,
    subject_id: str,
    content: Mapping[str, object],
    *,
    subject_source: str | None = None,
    custom_data: Mapping[str, Any] | str | None = None,
    custom_data_content_type: str | None = None,
    chain_id: str | None = None,
    links: Sequence[Mapping[str, Any]] | None = None,
    schema_uri: str | None = None,
    release: str | None = None,
) -> CDEvent:
    """What the typed constructors have in common: the event is finished and checked.

    Raises InvalidCDEvent, with the place as a JSON pointer, for what the schema does not allow or
    `release` has not, TypeError for a timestamp that is no datetime.
    """
    if not isinstance(timestamp, datetime):
        raise TypeError(f"timestamp must be a datetime, not {type(timestamp).__name__}")
    try:
        format_rfc3339(timestamp)
    except ValueError as error:
        raise InvalidCDEvent(str(error), where="/context/timestamp") from None
    event = new(
        kind,
        id=id,
        source=source,
        timestamp=timestamp,
        subject_id=subject_id,
        subject_source=subject_source,
        content={name: _plain(value) for name, value in content.items()},
        custom_data=custom_data,
        custom_data_content_type=custom_data_content_type,
        chain_id=chain_id,
        links=links,
        schema_uri=schema_uri,
        release=release,
    )
    validate(event.document)
    try:
        encoded = json_codec.encode(event.document)  # it is finite, for one
        json_codec.check_depth(encoded, inside=True)
    except ValueError as error:
        raise InvalidCDEvent(str(error)) from None
    for name, part in event.document.items():
        _require_json(part, f"/{name}")
    check_storable(event.document, encoded)
    return CDEvent(json_codec.decode(encoded))  # nothing in it is the caller's to change


def _require_json(value: object, where: str) -> None:
    """Raise InvalidCDEvent for what the encoder would write as something else: NaN, sets, bytes."""
    parts = [value]
    while parts:
        part = parts.pop()
        if isinstance(part, Mapping):
            parts.extend(part)
            parts.extend(part.values())
        elif isinstance(part, list | tuple):
            parts.extend(part)
        elif not (part is None or isinstance(part, str | int)) and not _is_number(part):
            raise InvalidCDEvent(f"holds {str(part)[:50]}, which JSON cannot express", where=where)


def _is_number(value: object) -> bool:
    return isinstance(value, float) and isfinite(value)


def _links(links: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]] | None:
    given: list[object] = [] if links is None else list(links)
    found = [dict(each) for each in given if isinstance(each, Mapping)]
    if len(found) != len(given):
        raise TypeError("links must be a list of links, as cdevents.path() and its like give them")
    return found or None


def ref(to: str | Ref | None) -> object:
    """A reference as the document has it; an id alone is one without a source."""
    return {"id": to} if isinstance(to, str) else to


def _plain(value: object) -> object:
    """JSON-like Python for a shape, a mapping or a sequence; anything else as it is."""
    if is_dataclass(value):
        return _present({each.name: getattr(value, each.name) for each in fields(value)})
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
