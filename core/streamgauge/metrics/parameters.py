"""Reads the parameters of a question, each with all of its values, one kind at a time.

Every function raises InvalidQuery that names the parameter and says what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from streamgauge.errors import InvalidQuery
from streamgauge.timestamps import parse_rfc3339

Given = Mapping[str, Sequence[str]]

# Beyond them no event is, and calendars of other zones, weeks and previous ranges still have room.
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(3000, 1, 1, tzinfo=UTC)
MOST_PERCENTILES: Final = 10
LONGEST_NAME: Final = 100
_PERCENTILE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,4})?")


def single(given: Given, name: str) -> str | None:
    """The value of a parameter that may be given once; None where it is not."""
    values = given.get(name, ())
    if len(values) > 1:
        raise InvalidQuery("may be given once", where=name)
    return values[0] if values else None


def choice(given: Given, name: str, allowed: Collection[str], *, default: str) -> str:
    """One of the allowed values."""
    value = single(given, name)
    if value is None:
        return default
    check(name, [value], allowed)
    return value


def texts(given: Given, name: str) -> list[str]:
    """Texts, each once; none where the parameter is not given."""
    values = list(dict.fromkeys(given.get(name, ())))
    if not all(values):
        raise InvalidQuery("must not be empty", where=name)
    if any("\0" in value for value in values):
        raise InvalidQuery("holds a character that is not allowed", where=name)
    return values


def listed(given: Given, name: str) -> list[str]:
    """Values, given several times or with commas between them, each once."""
    return list(dict.fromkeys(v for value in given.get(name, ()) for v in value.split(",")))


def check(name: str, values: Sequence[str], allowed: Collection[str]) -> None:
    """Every value must be one of those allowed."""
    for value in values:
        if value not in allowed:
            raise InvalidQuery(f"{value[:40]!r} is not allowed", where=name, allowed=allowed)


def zone(given: Given, name: str) -> ZoneInfo:
    """An IANA time zone; UTC where none is given."""
    value = single(given, name)
    if value is None:
        return ZoneInfo("UTC")
    if value not in _zones():
        like = get_close_matches(value[:40], _zones()) or ["Europe/Berlin", "UTC"]
        raise InvalidQuery(
            f"{value[:40]!r} is no IANA time zone; for example {' or '.join(like)}",
            where=name,
            allowed=sorted(_zones()),
        )
    return ZoneInfo(value)


_ZONES: set[str] = set()


def _zones() -> set[str]:
    if not _ZONES:  # reading the zone list takes milliseconds, once
        _ZONES.update(available_timezones() - {"Factory", "localtime", "posixrules"})
    return _ZONES


def instant(given: Given, name: str, tz: ZoneInfo) -> datetime | None:
    """A day, which begins at its midnight in `tz`, or an RFC 3339 instant; in UTC."""
    text = single(given, name)
    if text is None:
        return None
    try:
        return _instant(text, tz)
    except (ValueError, OverflowError):
        raise InvalidQuery(
            f"{text[:40]!r} is neither a day such as 2026-01-31 nor an instant such as "
            "2026-01-31T08:00:00Z",
            where=name,
        ) from None


def within(moment: datetime, name: str) -> datetime:
    """The instant, which must be one that events can have."""
    if not EARLIEST <= moment <= LATEST:
        raise InvalidQuery("must lie between the years 1970 and 3000, in UTC", where=name)
    return moment


def _instant(text: str, tz: ZoneInfo) -> datetime:
    if len(text) == len("2026-01-31"):
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)
    # A + in a URL's query reads as a space.
    return parse_rfc3339(text.replace(" ", "+"))


def percentiles(given: Given, name: str) -> list[float]:
    """Numbers above 0 and below 100, whole ones as int, in the order in which they are given."""
    found = list(dict.fromkeys(_percentile(name, text) for text in listed(given, name)))
    if len(found) > MOST_PERCENTILES:
        raise InvalidQuery(f"may be at most {MOST_PERCENTILES} numbers", where=name)
    return found


def _percentile(name: str, text: str) -> float:
    number = float(text) if _PERCENTILE.fullmatch(text) else 0.0
    if number == 0:
        raise InvalidQuery(
            f"{text[:40]!r} is not allowed; must be numbers above 0 and below 100, with at most "
            "four decimals, such as 90 or 99.9",
            where=name,
        )
    return int(number) if number.is_integer() else number


def definition(given: Given, name: str) -> str | None:
    """A definition's name: whether there is such a one, the metric knows.

    A name and never a path, since who asks must not choose which file is read.
    """
    text = single(given, name)
    if text is None:
        return None
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise InvalidQuery(
            f"must be a name of 1 to {LONGEST_NAME} printable characters", where=name
        )
    if "/" in text or "\\" in text or text.startswith(".") or text.endswith(".toml"):
        raise InvalidQuery(
            f"{text[:40]!r} must be the name of a definition, not of a file", where=name
        )
    return text
