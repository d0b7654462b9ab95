"""Reading JSON that may hold anything.

Watch events come from any cluster, and filters on their way may have thinned them. Each function
here gives what it was asked for or says that it is not there; none of them raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from streamgauge.timestamps import parse_rfc3339

_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)
# Postgres cannot keep a NUL in text, and no Kubernetes name, label or image has a use for the rest.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LARGEST = 2**63 - 1


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one."""
    # JSON's own type: to ask for an abstract class costs several times as much.
    return value if isinstance(value, dict) else {}


def at(value: object, *path: str) -> Any:
    """What lies at the path of member names; None where the path breaks off."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def items(value: object) -> list[Any]:
    """The value where it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """The value where it is text with something in it, without the white space around it."""
    if not isinstance(value, str) or _CONTROL.search(value):
        return None
    return value.strip() or None


def whole(value: object) -> int | None:
    """The value where it is a whole number from 0 on that 64 bits can hold."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _LARGEST else None


def digits(value: object) -> int | None:
    """The number that a text of digits names: a resourceVersion, a revision."""
    return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else None


def instant(value: object) -> datetime | None:
    """The moment that an RFC 3339 text names; year 1 is how Go writes "not set"."""
    if not isinstance(value, str):
        return None
    try:
        moment = parse_rfc3339(value)
    except ValueError:
        return None
    return moment if moment.year > 1 else None
