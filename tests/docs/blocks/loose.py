"""Whether what a page shows is like what there is."""

from __future__ import annotations

import re
from typing import Any

_SAME = [
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?", "<time>"),
    (r"\d{4}-\d\d-\d\d", "<day>"),
    (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>"),
    (r"\b[0-9a-f]{12,}\b", "<id>"),
    (r"\b\d+(?:[.,]\d+)* (?:d|h|m|s)(?: \d+ (?:h|m|s))?\b", "<duration>"),
    (r"-?\b\d+(?:[.,]\d+)*", "<number>"),
    (r"-{2,}(?:\+-{2,})*", "<line>"),
]
"""What is another from run to run. The longest forms come first."""


def is_like(shown: str, printed: str) -> bool:
    """Whether the output that a page shows is in what was printed.

    White space does not matter, nor do numbers, times and ids; `...` stands for anything.
    """
    text, place = _bare(printed), 0
    # One after the other: as one pattern it would try them all against each other.
    for part in map(_bare, shown.split("...")):
        found = text.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _bare(text: str) -> str:
    for pattern, word in _SAME:
        text = re.sub(pattern, word, text)
    return re.sub(r"\s+", "", text)


def differences(shown: Any, found: Any, where: str = "") -> list[str]:
    """How the shape of a JSON value differs from the one that a page shows.

    What is shown must be there, of the same type; there may be more. A null is like everything,
    `{}` and `[]` are like all of their kind, and each element that is shown must be like one.
    """
    if shown is None or found is None:
        return []
    if isinstance(shown, dict) and isinstance(found, dict):
        return [
            line
            for name, value in shown.items()
            for line in (
                differences(value, found[name], f"{where}/{name}")
                if name in found
                else [f"{where}/{name} is not there; there are {', '.join(found) or 'none'}"]
            )
        ]
    if isinstance(shown, list) and isinstance(found, list):
        return [
            line for n, each in enumerate(shown) for line in _least(each, found, f"{where}/{n}")
        ]
    if _kind(shown) != _kind(found):
        return [f"{where or '/'} is a {_kind(found)}, and shown is a {_kind(shown)}"]
    return []


def _least(shown: Any, found: list[Any], where: str) -> list[str]:
    """How an element differs from the one that is most like it."""
    if not found:
        return [f"{where} is shown, and there is none"]
    return min((differences(shown, each, where) for each in found), key=len)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return {dict: "object", list: "array", str: "string"}[type(value)]
