"""The transformer for events that are CDEvents already. It comes in by the plugins' door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cloudevents.core.v1.event import CloudEvent

from streamgauge.cdevents import Binding, CDEvent
from streamgauge.cloudevents.sdk import INFERRED_TIME
from streamgauge.hookspecs import Transformer, hookimpl
from streamgauge.routing.settings import binding_of
from streamgauge.settings import Settings


class PassThrough:
    """Carries a received CDEvent over unchanged, if the mode lets it pass.

    One that came in at `/` has met no check of its binding yet; what deviates in it can be seen in
    the log, where it stands as it was sent.
    """

    name = "cdevents"

    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        """The event's data, which is the whole CDEvent (CDEvents' CloudEvents binding)."""
        attributes = dict(event.get_attributes())
        if attributes.get(INFERRED_TIME):
            del attributes["time"]
        bound = self._binding.bind(attributes, event.get_data())
        return [CDEvent(bound.document)]


@hookimpl
def transformers(settings: Settings) -> Sequence[Transformer]:
    """The pass-through."""
    return [PassThrough(binding_of(settings))]


@hookimpl
def routes() -> Mapping[str, Sequence[str]]:
    """Every CDEvents type, custom ones too."""
    return {"dev.cdevents.*": ["cdevents"], "dev.cdeventsx.*": ["cdevents"]}
