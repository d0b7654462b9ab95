"""The transformer for events that are CDEvents already. It comes in by the plugins' door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cloudevents.core.v1.event import CloudEvent

from streamgauge.cdevents import CDEvent
from streamgauge.errors import InvalidCDEvent
from streamgauge.hookspecs import Transformer, hookimpl


class PassThrough:
    """Carries a received CDEvent over unchanged; the gate behind every transformer checks it."""

    name = "cdevents"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        """The event's data, which is the whole CDEvent (CDEvents' CloudEvents binding)."""
        data = event.get_data()
        if not isinstance(data, dict):
            raise InvalidCDEvent("the data of a CDEvent is a JSON object", where="/data")
        return [CDEvent(data)]


@hookimpl
def transformers() -> Sequence[Transformer]:
    """The pass-through."""
    return [PassThrough()]


@hookimpl
def routes() -> Mapping[str, Sequence[str]]:
    """Every CDEvents type, custom ones too."""
    return {"dev.cdevents.*": ["cdevents"], "dev.cdeventsx.*": ["cdevents"]}
