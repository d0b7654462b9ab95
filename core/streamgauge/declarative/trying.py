"""The tests that stand in a transformer's file: an event, and what is to come of it.

::

    tests:
    - name: a deployment
      event: {type: com.example.shipit.done, data: {state: done, service: shop}}
      gives:
      - {kind: service.deployed, subject: shop}

What is named must be so; what is not named may be anything. There are as many events as are listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from streamgauge import json_codec
from streamgauge.cdevents import check_storable, kind_of, validate
from streamgauge.cdevents.comparing import difference, summary
from streamgauge.cloudevents import new_event, to_sdk
from streamgauge.cloudevents.sdk import ACCEPTED
from streamgauge.declarative.document import Document
from streamgauge.errors import InvalidTransformer, StreamgaugeError, describe
from streamgauge.routing.table import RoutingTable

_EVENT: Final = {"id": "test", "source": "/test"}


@dataclass(frozen=True, slots=True)
class Failed:
    """A test that failed: where it stands, and why."""

    name: str
    reason: str


def try_out(document: Document) -> list[Failed]:
    """The tests of a file that fail. Raises InvalidTransformer for one that makes no sense."""
    failed = []
    for place, test in enumerate(document.tests):
        where = f"{document.file}: tests/{place}"
        given, wanted = test["event"], test["gives"]
        if not isinstance(given, dict) or not isinstance(wanted, list):
            raise InvalidTransformer("event is a mapping, gives is a list", where=where)
        reason = _failure(document, given, wanted, where)
        if reason is not None:
            failed.append(Failed(str(test["name"]), reason))
    return failed


def _failure(
    document: Document, given: Mapping[str, Any], wanted: list[Any], where: str
) -> str | None:
    types = document.types or ("*",)
    try:
        event = new_event(**{**_EVENT, "type": types[0].rstrip("*") or "test", **given})
    except (TypeError, StreamgaugeError) as error:
        raise InvalidTransformer(f"event: {error}", where=where) from None
    if RoutingTable(dict.fromkeys(types, ())).key_of(event.type) is None:
        return f"its event is a {event.type}, and types has {', '.join(types)}: none comes here"
    try:
        made = document.transformer.transform(to_sdk(event.state, ACCEPTED))
        for one in made:
            validate(one.document)
            check_storable(one.document, json_codec.encode(one.document))
    except Exception as error:  # as the router, which parks the event
        return describe(error)
    if len(made) != len(wanted):
        kinds = ", ".join(str(kind_of(one.type)) for one in made) or "nothing"
        return f"gives {kinds}, and {len(wanted)} events are wanted"
    for place, (one, want) in enumerate(zip(made, wanted, strict=True)):
        if (found := difference(summary(one), want, f"gives/{place}")) is not None:
            return found
    return None
