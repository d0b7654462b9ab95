"""Reading a payload without trusting it: a field is what it should be, or it is absent.

Payloads differ by a tool's version, templates and filters thin them, and what passes through Go has
gained zero values (an empty text, the id 0, the year 1). All of these read as None. Nothing here
raises. Each function takes the payload and the keys that lead to the field, one object, or one list
by its number, inside the other.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from streamgauge.sources.moments import Unit, moment
from streamgauge.timestamps import format_rfc3339

_DIGITS = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT_SHA = re.compile(r"[0-9a-f]{7,64}")
# Stricter than RFC 3986: what tools send, and every validator of "uri" accepts.
_URL = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?"
    r"(?:[/?](?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]++|%[0-9A-Fa-f]{2})*+)?"
    r"(?:#(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]++|%[0-9A-Fa-f]{2})*+)?",
    re.ASCII,
)


def path(data: object, *keys: str | int) -> Any:
    """What lies under `keys`; None where there is no such thing."""
    for key in keys:
        if isinstance(data, dict):  # JSON's own type: asking for a Mapping takes far longer
            data = data.get(key)
        elif isinstance(data, list) and isinstance(key, int) and -len(data) <= key < len(data):
            data = data[key]
        else:
            return None
    return data


def text(data: object, *keys: str | int) -> str | None:
    """A text that says something. One with a NUL in it is no name, and no table can hold it."""
    value = path(data, *keys)
    return value if isinstance(value, str) and value.strip() and "\0" not in value else None


def word(data: object, *keys: str | int) -> str:
    """A word of the tool's own vocabulary (an action, a state) in lower case, else ``""``."""
    return (text(data, *keys) or "").strip().lower()


def ident(data: object, *keys: str | int) -> str | None:
    """A number or a text that names something, as text. Zero is what Go writes for none."""
    value = path(data, *keys)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value > 0 else None
    return text(value)


def digits(data: object, *keys: str | int) -> str | None:
    """The number that something has, ``7`` or ``"7"``, as text that may stand in an address."""
    found = ident(data, *keys)
    return found if found is not None and _DIGITS.fullmatch(found) else None


def whole(data: object, *keys: str | int) -> int | None:
    """A whole number, zero included."""
    value = path(data, *keys)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(data: object, *keys: str | int) -> bool | None:
    """True or false."""
    value = path(data, *keys)
    return value if isinstance(value, bool) else None


def mapping(data: object, *keys: str | int) -> dict[str, Any]:
    """An object; an empty one for anything else."""
    value = path(data, *keys)
    return value if isinstance(value, dict) else {}


def items(data: object, *keys: str | int) -> list[Any]:
    """The elements of a list; none for anything else."""
    value = path(data, *keys)
    return value if isinstance(value, list) else []


def texts(data: object, *keys: str | int) -> list[str]:
    """The texts in a list that say something."""
    return [found for item in items(data, *keys) if (found := text(item)) is not None]


def named(data: object, *keys: str | int, by: str = "name") -> list[str]:
    """The names in a list of objects: labels by ``name``, people by ``login``."""
    return [name for item in items(data, *keys) if (name := text(item, by)) is not None]


def sha(data: object, *keys: str | int) -> str | None:
    """A whole commit id; the zeros that git writes for "no commit" are none."""
    value = path(data, *keys)
    if isinstance(value, str) and _SHA.fullmatch(value) and value.strip("0"):
        return value
    return None


def short_sha(data: object, *keys: str | int) -> str | None:
    """A commit id, whole or its first characters, seven at least."""
    value = path(data, *keys)
    if isinstance(value, str) and _SHORT_SHA.fullmatch(value) and value.strip("0"):
        return value
    return None


def url(data: object, *keys: str | int) -> str | None:
    """An http or https URL."""
    value = path(data, *keys)
    return value if isinstance(value, str) and _URL.fullmatch(value) else None


def instant(data: object, *keys: str | int, unit: Unit = "s") -> datetime | None:
    """A moment in any of the forms of `streamgauge.sources.moments`, in UTC.

    `unit` is what a number counts since 1970.
    """
    return moment(path(data, *keys), unit)


def stamp(at: datetime | None) -> str:
    """`at` as one part of an identity: the same however the payload wrote it."""
    return "" if at is None else format_rfc3339(at)
