"""Reading an event's fields: each is what it should be, or it is absent."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from streamgauge.metrics import repository_name
from streamgauge.timestamps import parse_rfc3339

_LONGEST: Final = 150
"""Characters that a name has at most that is kept as it is: four such are an entry of an index."""
_KEPT: Final = 60
_SHA: Final = re.compile(r"[0-9a-f]{7,64}")
_TICKS: Final = 4096
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def text(value: object) -> str | None:
    """A text that says something. The gate lets customData hold U+0000, which a column cannot."""
    if not isinstance(value, str) or not value:
        return None
    return value.replace("\0", "\ufffd") if "\0" in value else value


def name(value: object) -> str | None:
    """A text by which things are matched: one too long for an index is its start and its hash."""
    found = text(value)
    if found is None or len(found) <= _LONGEST:
        return found
    return f"{found[:_KEPT]}\u2026{hashlib.sha256(found.encode()).hexdigest()}"


def names(value: object) -> list[str]:
    """The texts of a list, each as a `name`."""
    return [found for item in items(value) if (found := name(item)) is not None]


def items(value: object) -> list[Any]:
    """The elements of a list; none for anything else."""
    return value if isinstance(value, list) else []


def member(value: object, *keys: str) -> Any:
    """What lies under `keys`, one object inside the other; None where there is no such thing."""
    for key in keys:
        if not isinstance(value, dict):  # JSON's own type: asking for a Mapping takes far longer
            return None
        value = value.get(key)
    return value


def sha(value: object) -> str | None:
    """A commit id, in lower case; a tool may abbreviate it."""
    found = value.lower() if isinstance(value, str) else ""
    return found if _SHA.fullmatch(found) and found.strip("0") else None


def whole(value: object) -> int | None:
    """A number of things."""
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
    return value if good and isinstance(value, int) else None


def flag(value: object) -> bool | None:
    """True or false."""
    return value if isinstance(value, bool) else None


def instant(value: object) -> datetime | None:
    """An RFC 3339 timestamp."""
    try:
        return parse_rfc3339(value) if isinstance(value, str) else None
    except ValueError:
        return None


def repository(value: object) -> str | None:
    """What a repository is called, as a `name`: ``github.com/acme/shop``."""
    found = text(value)
    return None if found is None else _repository(found)


@lru_cache(maxsize=4096)
def _repository(address: str) -> str | None:
    return name(repository_name(address))


def repository_of(content: Mapping[str, Any], extra: Mapping[str, Any]) -> str | None:
    """The repository that an event is about: `customData.repository`, else the content's."""
    return repository(extra.get("repository")) or repository(
        member(content, "repository", "source") or member(content, "repository", "id")
    )


def branch_key(at: datetime, place: int) -> int:
    """Where on a branch a commit stands: the millisecond of its push, then its place in it."""
    elapsed = at - _EPOCH
    milliseconds = (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000
    return milliseconds * _TICKS + min(place, _TICKS - 1)
