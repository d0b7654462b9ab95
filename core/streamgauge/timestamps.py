"""RFC 3339 timestamps, the only form that CloudEvents and CDEvents allow."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|(60))"
    r"(?:\.(\d++))?+(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
PLAIN: Final = {
    "type": "string",
    "format": "date-time",
    "pattern": "^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    "(?:[.][0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$",
}
"""A JSON Schema of the timestamps that most producers send: what it lets through, `parse_rfc3339`
reads. The format alone would not do: the library takes signs and points for digits."""


def parse_rfc3339(text: str) -> datetime:
    """The instant that `text` names, as a UTC datetime of microsecond precision.

    Digits beyond the microsecond are cut, never rounded, so that an instant cannot move into the
    next second. A leap second (``23:59:60``) is read as the last microsecond before the next
    minute: datetime has no room for it, and it must not move into the next day.

    Raises ValueError, with a reason, for anything that RFC 3339 does not allow, and for an
    instant that lies before the year 1 or after 9999 in UTC.
    """
    return _read(text)[0]


def _read(text: str) -> tuple[datetime, re.Match[str]]:
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 timestamp such as 2026-03-01T12:30:00Z")
    leap, fraction = match.groups()
    if leap:
        end = match.end(2) if fraction else 19
        text = f"{text[:17]}59.999999{text[end:]}"
    try:
        instant = datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError("names a day that is in no calendar, or the year 0") from None
    if instant.tzinfo is not UTC:
        try:
            instant = instant.astimezone(UTC)
        except OverflowError:
            raise ValueError("the instant lies outside the years 1 to 9999 in UTC") from None
    if leap and (instant.hour, instant.minute) != (23, 59):
        raise ValueError("a leap second is the last of a day in UTC")
    return instant, match


class Instant(NamedTuple):
    """The instant that an RFC 3339 timestamp names, to the last of its digits."""

    second: datetime
    leap: bool
    fraction: str

    @classmethod
    def of(cls, text: str) -> Instant:
        """Raises ValueError as parse_rfc3339 does."""
        utc, match = _read(text)
        return cls(utc.replace(microsecond=0), match[1] is not None, (match[2] or "").rstrip("0"))


def format_rfc3339(instant: datetime) -> str:
    """`instant` in UTC, as ``2026-03-01T12:30:00Z``, with a fraction only where there is one.

    Raises ValueError for a naive datetime: an event's time without a zone is not an instant; and
    for an instant that lies before the year 1 or after 9999 in UTC.
    """
    if instant.utcoffset() is None:
        raise ValueError(f"{instant!r} has no time zone")
    try:
        return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:
        raise ValueError(f"{instant!r} lies outside the years 1 to 9999 in UTC") from None
