"""The forms in which tools write a time.

RFC 3339 and what is near to it (a space for the T, no colon in the zone, ``UTC`` for a zone, no
zone, no seconds, a day alone), and numbers since 1970 in seconds, milliseconds, microseconds or
nanoseconds. What says "not set" is no time: the year 1, which Go writes, and the number 0.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from streamgauge.timestamps import parse_rfc3339

Unit = Literal["s", "ms", "us", "ns"]
"""What a number counts since 1970."""

_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MICROSECOND: Final = 253_402_300_800 * 1_000_000 - 1  # of the year 9999
_BEYOND: Final = 10**21  # more than the nanoseconds until then; what a float can be made of
_NUMBER = re.compile(r"[0-9]{1,21}", re.ASCII)
_NEARLY = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:(?:[Tt]| )(\d\d:\d\d)(:\d\d(?:[.,]\d+)?)?"
    r" ?(Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)


def moment(value: object, unit: Unit = "s") -> datetime | None:
    """The instant that `value` names, in UTC; None for what names none.

    `unit` is what a number counts, or a text of digits. A time without a zone is taken for UTC, a
    day for its first moment: what a tool leaves out cannot be known.
    """
    if isinstance(value, str):
        text = value.strip()
        return _number(int(text), unit) if _NUMBER.fullmatch(text) else _text(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _number(value, unit)


def _number(value: float, unit: Unit) -> datetime | None:
    if not 0 < value < _BEYOND:  # neither is NaN
        return None
    if isinstance(value, int):
        microseconds = value * 1_000_000 // _PER_SECOND[unit]
    else:
        microseconds = int(value * 1_000_000 / _PER_SECOND[unit])
    if not 0 < microseconds <= _LAST_MICROSECOND:
        return None
    return _EPOCH + timedelta(microseconds=microseconds)


def _text(text: str) -> datetime | None:
    match = _NEARLY.fullmatch(text)
    if match is None:
        return None
    day, minutes, seconds, zone = match.groups()
    try:
        found = parse_rfc3339(
            f"{day}T{minutes or '00:00'}{(seconds or ':00').replace(',', '.')}{_zone(zone)}"
        )
    except ValueError:
        return None
    return found if found.year > 1 else None


def _zone(zone: str | None) -> str:
    if zone is None or zone.upper() in ("Z", "UTC", "GMT"):
        return "Z"
    digits = zone[1:].replace(":", "")
    return f"{zone[0]}{digits[:2]}:{digits[2:] or '00'}"
