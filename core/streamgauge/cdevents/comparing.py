"""Whether a CDEvent is what somebody wants of it, who names but the members that matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamgauge import json_codec
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.vocabulary import kind_of


def summary(event: CDEvent) -> dict[str, Any]:
    """What a CDEvent says, by the names that tests have for it."""
    return {
        "kind": kind_of(event.type) or event.type,
        "id": event.id,
        "source": event.source,
        "subject": event.subject_id,
        "time": event.document["context"]["timestamp"],
        "content": dict(event.content),
        "customData": event.document.get("customData"),
    }


def difference(found: Any, wanted: Any, where: str) -> str | None:
    """Where what is wanted is not so; None where it all is. Of objects the members that are
    wanted count, and no others."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        faults = (
            difference(found.get(key), each, f"{where}/{key}") for key, each in wanted.items()
        )
        return next((fault for fault in faults if fault is not None), None)
    if json_codec.equal(found, wanted):
        return None
    return f"{where} is {found!r}, and not {wanted!r}"
