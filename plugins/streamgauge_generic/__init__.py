"""Any JSON at all: a webhook for tools that nobody knows, and what scripts can say in plain words.
docs/plugins/generic.md."""

from __future__ import annotations

from importlib.resources import files

from streamgauge import CDEvent, CloudEvent, Receiver, Transformer, hookimpl
from streamgauge.declarative import read_text
from streamgauge.errors import PluginError
from streamgauge.settings import Settings
from streamgauge_generic.receiver import TYPE, receiver

MAPPING = "generic.yaml"


class Waiting:
    """Stands in where the extra ``cel`` is not installed: what comes in is recorded, and parked
    with what to install as the reason, until it is taken again."""

    name = "generic"

    def __init__(self, missing: PluginError) -> None:
        self._missing = missing

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """Raises PluginError."""
        raise PluginError(str(self._missing))


@hookimpl
def transformers() -> list[Transformer]:
    """What this package's own file says, which is made like anybody's."""
    text = (files(__package__) / MAPPING).read_text(encoding="utf-8")
    try:
        return [read_text(text, MAPPING).transformer]
    except PluginError as missing:
        # The base install is whole without it: no command and no test of a plugin may fail for it.
        return [Waiting(missing)]


@hookimpl
def routes() -> dict[str, list[str]]:
    """What comes in without a name of its own."""
    return {TYPE: ["generic"]}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/generic``."""
    return [receiver(settings)]
