"""Which events a viewer wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streamgauge.patterns import Pattern
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge_http.live.messages import Message


@dataclass(frozen=True, slots=True)
class Selection:
    """A tenant's events of types and sources that match one of the patterns each; none: all."""

    tenant: str = DEFAULT_TENANT
    types: Sequence[Pattern] = ()
    sources: Sequence[Pattern] = ()

    def takes(self, message: Message) -> bool:
        """Whether the viewer wants it."""
        return (
            message.tenant == self.tenant
            and _one_of(self.types, message.type)
            and _one_of(self.sources, message.source)
        )


def _one_of(patterns: Sequence[Pattern], text: str) -> bool:
    return not patterns or any(pattern.matches(text) for pattern in patterns)
