"""Any JSON at all: a webhook for tools that nobody knows, and what scripts can say in plain words.
docs/plugins/generic.md."""

from __future__ import annotations

from importlib.resources import files

from streamgauge import Receiver, Transformer, hookimpl
from streamgauge.declarative import read_text
from streamgauge.settings import Settings
from streamgauge_generic.receiver import TYPE, receiver

MAPPING = "generic.yaml"


@hookimpl
def transformers() -> list[Transformer]:
    """What this package's own file says, which is made like anybody's."""
    text = (files(__package__) / MAPPING).read_text(encoding="utf-8")
    return [read_text(text, MAPPING).transformer]


@hookimpl
def routes() -> dict[str, list[str]]:
    """What comes in without a name of its own."""
    return {TYPE: ["generic"]}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/generic``."""
    return [receiver(settings)]
