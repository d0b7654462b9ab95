"""A curve in one line of text."""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf
from typing import Final

BLOCKS: Final = "▁▂▃▄▅▆▇█"
ASCII: Final = "_.-~=+*#"
GAP: Final = " "
LONGEST: Final = 60
"""Letters that one has at most; of more values the last ones are shown."""


def sparkline(values: Sequence[float | None], encoding: str) -> str:
    """A letter for each value, by its height between nothing and the largest; a gap for none.

    Heights begin at zero, so that what changes little looks so. In ASCII where the encoding has no
    blocks.
    """
    levels = levels_of(encoding)
    shown = values[-LONGEST:]
    known = [value for value in shown if value is not None]
    lowest, highest = min(known, default=0.0), max(known, default=0.0)
    lowest, highest = min(lowest, 0.0), max(highest, 0.0)
    return "".join(
        GAP if value is None else levels[_level(value, lowest, highest)] for value in shown
    )


def levels_of(encoding: str) -> str:
    """The eight letters, the lowest first."""
    try:
        BLOCKS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return BLOCKS


def _level(value: float, lowest: float, highest: float) -> int:
    # The difference may be more than a float can hold, and half of it less.
    scale = 0.5 if isinf(highest - lowest) else 1.0
    span = highest * scale - lowest * scale
    part = (value * scale - lowest * scale) / span if span else 0.0
    return round(part * (len(BLOCKS) - 1))
