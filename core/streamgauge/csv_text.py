"""CSV out: RFC 4180 in UTF-8, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from streamgauge import json_codec

# A spreadsheet takes a text that begins so for a formula, and runs it: what an event says is text.
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_QUOTE: Final = "'"


def encode(
    columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, end: str = "\r\n"
) -> bytes:
    """A line with the names of the columns, then one for each row: its value, or nothing.

    Values are what JSON can hold. Numbers stay numbers; null is nothing; objects and lists are
    written as JSON; a text that would be run as a formula has a ``'`` before it. `end` is that of a
    line: RFC 4180 has it so, tools of Unix want a line feed alone.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerow([_cell(name) for name in columns])
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def flat(value: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """The same without objects in it: ``{"a": {"b": 1}}`` is ``{"a.b": 1}``."""
    found: dict[str, Any] = {}
    for name, each in value.items():
        if isinstance(each, Mapping):
            found |= flat(each, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = each
    return found


def _cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else json_codec.encode(value).decode()
    return f"{_QUOTE}{text}" if text.startswith(_FORMULAS) else text
