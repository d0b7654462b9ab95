"""Any JSON at all: a webhook for tools that nobody knows, and what scripts can say in plain words.
docs/plugins/generic.md."""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files

from streamgauge import CDEvent, CloudEvent, Receiver, Transformer, hookimpl
from streamgauge.declarative import Document, read_text
from streamgauge.settings import Settings
from streamgauge_generic.receiver import TYPE, receiver

MAPPING = "generic.yaml"


class GenericTransformer:
    """What this package's own file says, which is made like anybody's.

    It is read when the first event comes: without the extra cel nothing is wrong until then, and
    the event is parked with what to install.
    """

    name = "generic"

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """The CDEvents of what was said in plain words."""
        return self.document.transformer.transform(event)

    @cached_property
    def document(self) -> Document:
        """The file. Raises PluginError without the extra cel."""
        text = (files(__package__) / MAPPING).read_text(encoding="utf-8")
        return read_text(text, MAPPING)


@hookimpl
def transformers() -> list[Transformer]:
    """The one for plain words."""
    return [GenericTransformer()]


@hookimpl
def routes() -> dict[str, list[str]]:
    """What comes in without a name of its own."""
    return {TYPE: [GenericTransformer.name]}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/generic``."""
    return [receiver(settings)]
