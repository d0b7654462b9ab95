"""Reads vocabulary.txt into sections of rows; what the columns mean is for its readers to know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

Row = list[str]

_BETWEEN_COLUMNS = re.compile(r"\s{2,}")


class Member(NamedTuple):
    """One member of an object: ``artifactId* text`` is required and of the shape ``text``."""

    name: str
    required: bool
    shape: str


def load() -> dict[str, list[Row]]:
    """The sections of vocabulary.txt by name, each a list of rows, each a list of columns.

    A row that is indented has an empty first column.
    """
    text = Path(__file__).with_name("vocabulary.txt").read_text(encoding="utf-8")
    sections: dict[str, list[Row]] = {}
    rows: list[Row] = []
    for line in _logical_lines(text):
        if line.startswith("["):
            rows = sections.setdefault(line.strip("[]"), [])
        else:
            rows.append(_BETWEEN_COLUMNS.split(line))
    return sections


def names(column: str) -> tuple[str, ...]:
    """The names in a column, ``0.2.0, 0.3.0``."""
    return tuple(column.split(", "))


def members(text: str) -> tuple[dict[str, Member], bool]:
    """The members that ``id* text, source string`` lists, and whether others are allowed."""
    parts = [] if text == "-" else text.split(", ")
    others_allowed = "..." in parts
    found: dict[str, Member] = {}
    for part in parts:
        if part != "...":
            name, shape = part.split(" ", 1)
            found[name.rstrip("*")] = Member(name.rstrip("*"), name.endswith("*"), shape)
    return found, others_allowed


def _logical_lines(text: str) -> Iterator[str]:
    """The lines that say something, one that ends with a comma joined with the next."""
    begun = ""
    for physical in text.splitlines():
        if not physical.strip() or physical.startswith("#"):
            continue
        line = f"{begun} {physical.strip()}" if begun else physical.rstrip()
        begun = line if line.endswith(",") else ""
        if not begun:
            yield line
