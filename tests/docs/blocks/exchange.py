"""Requests as a page writes them, and the answers that it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_REQUEST = re.compile(r"(GET|HEAD|POST|OPTIONS|PUT|DELETE) (/\S*)(?: HTTP/1\.1)?")
_STATUS = re.compile(r"HTTP/1\.1 (\d{3})\b.*")


@dataclass
class Exchange:
    """One request; `status` is 0 where no answer is shown."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    status: int = 0
    answered: dict[str, str] = field(default_factory=dict)
    shown: str = ""


def exchanges(text: str) -> list[Exchange]:
    """Those of a block. A line that begins with white space goes on with the address before it."""
    lines = re.sub(r"\n {2,}(?=[&?])", "", text).splitlines()
    found: list[Exchange] = []
    while lines:
        line = lines.pop(0)
        if request := _REQUEST.fullmatch(line):
            found.append(Exchange(request[1], request[2]))
            found[-1].headers = _headers(lines)
            found[-1].body = _body(lines)
        elif status := _STATUS.fullmatch(line):
            found[-1].status = int(status[1])
            found[-1].answered = _headers(lines)
            found[-1].shown = _body(lines)
        elif line.strip():
            raise ValueError(f"neither a request nor an answer: {line!r}")
    for each in found:
        if each.body and each.method == "GET":
            raise ValueError(f"GET {each.path} has a body: {each.body!r}")
    return found


def _headers(lines: list[str]) -> dict[str, str]:
    found = {}
    while lines and (match := re.fullmatch(r"([\w-]+): (.*)", lines[0])):
        found[match[1]] = match[2]
        lines.pop(0)
    return found


def _body(lines: list[str]) -> str:
    """What stands between an empty line and the next request or answer."""
    found: list[Any] = []
    while lines and not _REQUEST.fullmatch(lines[0]) and not _STATUS.fullmatch(lines[0]):
        found.append(lines.pop(0))
    return "\n".join(found).strip()
