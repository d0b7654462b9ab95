"""What may be wrong with a CDEvent that its schema lets through, and the two ways to take it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from streamgauge import json_codec


class Mode(Enum):
    """What becomes of an event that deviates from what the specification's prose demands."""

    STRICT = "strict"
    """It is refused."""
    COMPAT = "compat"
    """It is taken, and what deviates is noted: so the SDKs in use can be heard."""


class Deviation(NamedTuple):
    """One rule that an event does not keep."""

    rule: str
    """Its name in docs/reference/conformance.md, ``time``."""
    where: str
    """A JSON pointer into the CDEvent, or the name of a CloudEvents attribute."""
    reason: str
    received: str | None = None
    """Of a CloudEvents attribute that gave way to the CDEvent's own: what it was."""


def noted(deviations: Sequence[Deviation]) -> str:
    """The deviations as the text that the log keeps: a JSON array of ``{"rule", "received"?}``.

    What a rule without `received` is about can be seen in the event itself.
    """
    return json_codec.encode(
        [
            {"rule": each.rule}
            if each.received is None
            else {"rule": each.rule, "received": each.received}
            for each in deviations
        ]
    ).decode()
