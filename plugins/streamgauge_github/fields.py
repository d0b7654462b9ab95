"""Reading a payload without trusting it: a field is what it should be, or it is absent.

A webhook's payload differs by GitHub's version, and what Knative's GitHubSource sends has lost
fields and gained zero values (an empty text, the id 0, the year 1). All of these read as None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from streamgauge.timestamps import format_rfc3339, parse_rfc3339

_SHA = re.compile(r"[0-9a-f]{40}")
# Stricter than RFC 3986: what GitHub itself sends, and every validator of "uri" accepts.
_URL = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?"
    r"(?:[/?](?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]++|%[0-9A-Fa-f]{2})*+)?"
    r"(?:#(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]++|%[0-9A-Fa-f]{2})*+)?",
    re.ASCII,
)
_LAST_SECOND = 253_402_300_799  # of the year 9999


def path(data: object, *keys: str) -> Any:
    """What lies under `keys`, one object inside the other; None where there is no such thing."""
    for key in keys:
        if not isinstance(data, dict):  # JSON's own type: asking for a Mapping takes far longer
            return None
        data = data.get(key)
    return data


def text(data: object, *keys: str) -> str | None:
    """A text that says something. One with a NUL in it is no name, and no table can hold it."""
    value = path(data, *keys)
    return value if isinstance(value, str) and value.strip() and "\0" not in value else None


def word(data: object, *keys: str) -> str:
    """A word of GitHub's own vocabulary (an action, a state) in lower case, else ``""``."""
    return (text(data, *keys) or "").lower()


def ident(data: object, *keys: str) -> str | None:
    """A number or a text that names something, as text. Zero is what Knative writes for none."""
    value = path(data, *keys)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value > 0 else None
    return text(value)


def whole(data: object, *keys: str) -> int | None:
    """A whole number, zero included."""
    value = path(data, *keys)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(data: object, *keys: str) -> bool | None:
    """True or false."""
    value = path(data, *keys)
    return value if isinstance(value, bool) else None


def items(data: object, *keys: str) -> list[Any]:
    """The elements of a list; none for anything else."""
    value = path(data, *keys)
    return value if isinstance(value, list) else []


def texts(data: object, *keys: str) -> list[str]:
    """The texts in a list that say something."""
    return [found for item in items(data, *keys) if (found := text(item)) is not None]


def named(data: object, *keys: str, by: str = "name") -> list[str]:
    """The names in a list of objects: labels by ``name``, people by ``login``."""
    return [name for item in items(data, *keys) if (name := text(item, by)) is not None]


def sha(data: object, *keys: str) -> str | None:
    """A whole commit id; the zeros that git writes for "no commit" are none."""
    value = path(data, *keys)
    if isinstance(value, str) and _SHA.fullmatch(value) and value.strip("0"):
        return value
    return None


def url(data: object, *keys: str) -> str | None:
    """An http or https URL."""
    value = path(data, *keys)
    return value if isinstance(value, str) and _URL.fullmatch(value) else None


def instant(data: object, *keys: str) -> datetime | None:
    """A moment: RFC 3339, or seconds since 1970 as pushes have them.

    The year 1 is Go's zero time, which Knative and GitHub's own packages write for "not set".
    """
    value = path(data, *keys)
    if isinstance(value, str):
        try:
            moment = parse_rfc3339(value)
        except ValueError:
            return None
        return moment if moment.year > 1 else None
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LAST_SECOND:
        return datetime.fromtimestamp(value, UTC)
    return None


def stamp(moment: datetime | None) -> str:
    """`moment` as one part of an identity: the same however the payload wrote it."""
    return "" if moment is None else format_rfc3339(moment)
