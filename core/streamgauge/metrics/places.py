"""Where a page of an explanation begins, so that facts that come meanwhile show no item twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from streamgauge import json_codec
from streamgauge.errors import InvalidQuery

_SHAPE: Final = re.compile(r"([0-9]{1,9})(?:-([0-9a-f]{16}))?", re.ASCII)
_BYTES: Final = 8

Item = Mapping[str, Any]


class Place(NamedTuple):
    """Behind which item: how many there were up to it, and what it looked like."""

    number: int = 0
    mark: str = ""
    """Empty: by the number alone."""

    @classmethod
    def parse(cls, text: str) -> Place:
        """The place of a cursor. Raises InvalidQuery."""
        found = _SHAPE.fullmatch(text)
        if found is None:
            raise InvalidQuery("is not a cursor of these pages; `next` has them", where="cursor")
        return cls(int(found[1]), found[2] or "")

    @classmethod
    def behind(cls, items: Sequence[Item], number: int) -> Place:
        """The place behind so many of the items."""
        return cls(number, _mark(items[number - 1]) if number else "")

    def __str__(self) -> str:
        return f"{self.number}-{self.mark}" if self.mark else str(self.number)

    def within(self, items: Sequence[Item]) -> int:
        """How many items are before it by now. Where the item is another, as many as there were."""
        if not self.mark or (
            0 < self.number <= len(items) and _mark(items[self.number - 1]) == self.mark
        ):
            return self.number
        marks = (number for number, item in enumerate(items, 1) if _mark(item) == self.mark)
        return next(marks, self.number)


def _mark(item: Item) -> str:
    return hashlib.blake2b(json_codec.encode(item), digest_size=_BYTES).hexdigest()
