"""Which events a viewer wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge_http.live.messages import Message


class Pattern:
    """A text in which each ``*`` stands for anything, nothing too."""

    def __init__(self, text: str) -> None:
        self._first, *rest = text.split("*")
        self._rest = rest

    def matches(self, text: str) -> bool:
        """Whether the whole text is of this form.

        By hand, since a regular expression with many stars takes time without end, and here
        anybody may write one.
        """
        if not self._rest:
            return text == self._first
        *middle, last = self._rest
        at, end = len(self._first), len(text) - len(last)
        if at > end or not text.startswith(self._first) or not text.endswith(last):
            return False
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True


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
