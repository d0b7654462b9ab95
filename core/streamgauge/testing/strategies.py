"""Hypothesis strategies for CloudEvents, and for the CDEvents of every type there is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from cloudevents.core.v1.event import CloudEvent
from hypothesis import strategies as st

from streamgauge.cdevents import CDEvent, lookup, newest
from streamgauge.cdevents.schemas import schema
from streamgauge.cdevents.vocabulary import RELEASED, EventType
from streamgauge.cloudevents import new_event, to_sdk
from streamgauge.cloudevents.sdk import ACCEPTED
from streamgauge.timestamps import format_rfc3339

TEXT: Final = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12
)
"""Text that a table can hold."""
INSTANTS: Final = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
JSON: Final[st.SearchStrategy[Any]] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)
"""Any JSON that a log can hold, of modest size."""
_WORD: Final = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)
_FORMATS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "date-time": INSTANTS.map(format_rfc3339),
    "uri": _WORD.map(lambda word: f"https://example.com/{word}"),
    "uri-reference": _WORD.map(lambda word: f"/{word}"),
}


def cloudevents(
    types: st.SearchStrategy[str] | None = None, data: st.SearchStrategy[Any] = JSON
) -> st.SearchStrategy[CloudEvent]:
    """CloudEvents as a transformer is given them, of any type or one of `types`, with `data`."""

    def made(kind: str, name: str, at: datetime | None, payload: Any) -> CloudEvent:
        event = new_event(
            id=name,
            source="/test",
            type=kind,
            time=None if at is None else format_rfc3339(at),
            data=payload,
        )
        return to_sdk(event.state, ACCEPTED)

    kinds = _WORD.map(lambda word: f"com.example.{word}") if types is None else types
    return st.builds(made, kinds, _WORD, st.none() | INSTANTS, data)


def cdevents(*kinds: str) -> st.SearchStrategy[CDEvent]:
    """Valid CDEvents: of these kinds in their newest form (``service.deployed``), of these types
    (``dev.cdevents.service.deployed.0.2.0``), or, without any, of every type of every release.

    Raises UnknownName.
    """
    types = [lookup(kind) or newest(kind) for kind in kinds] if kinds else list(RELEASED.values())
    return st.sampled_from(types).flatmap(_of_type)


@cache
def _of_type(event_type: EventType) -> st.SearchStrategy[CDEvent]:
    return _from(schema(event_type)).map(lambda document: _typed(document, event_type))


def _typed(document: dict[str, Any], event_type: EventType) -> CDEvent:
    """The document with the words that a pattern describes and no example can."""
    document["context"]["type"] = event_type.name
    if event_type.custom and "type" in document["subject"]:
        document["subject"]["type"] = event_type.subject
    # Free text in another form than JSON would need a content type that says so.
    document.pop("customDataContentType", None)
    return CDEvent(document)


def _from(described: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """What a schema of the vocabulary describes."""
    if "anyOf" in described:
        return st.one_of([_from(each) for each in described["anyOf"]])
    if "enum" in described:
        return st.sampled_from(described["enum"])
    match described["type"]:
        case "string":
            return _FORMATS.get(described.get("format", ""), TEXT)
        case "array":
            return st.lists(_from(described["items"]), max_size=3)
        case "object" if "properties" in described:
            return _object(described)
    return st.dictionaries(TEXT, JSON, max_size=2)


def _object(described: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    members = {name: _from(each) for name, each in described["properties"].items()}
    needed = set(described["required"])
    return st.fixed_dictionaries(
        {name: each for name, each in members.items() if name in needed},
        optional={name: each for name, each in members.items() if name not in needed},
    )
