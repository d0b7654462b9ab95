"""Reading a call's body: every spelling that DevLake takes, and errors that name the field.

DevLake reads names in whatever case and takes numbers for texts. Until version 1.0 it had
underscores (``repo_url``); since then it has not (``repoUrl``).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from streamgauge.errors import InvalidInput
from streamgauge.timestamps import parse_rfc3339

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?)?(?:([Zz])|([+-]\d\d):?(\d\d))?",
    re.ASCII,
)


class Fields:
    """The members of one object. Each reader takes the names that a field has had.

    Null and the empty text are as good as nothing. Everything raises InvalidInput, with the place
    as a JSON pointer.
    """

    def __init__(self, document: object, where: str = "") -> None:
        if not isinstance(document, dict):
            raise InvalidInput("must be a JSON object", where=where)
        self._where = where
        self._members = {_plain(name): (name, value) for name, value in document.items()}

    def text(self, *names: str) -> str | None:
        """A text, or a number as text; None where there is none."""
        name, value = self._find(names)
        if value is None or value == "":
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or "\0" in value:
            raise InvalidInput("must be text", where=self._at(name))
        return value.strip() or None

    def needed(self, *names: str) -> str:
        """A text that must be there."""
        value = self.text(*names)
        if value is None:
            raise InvalidInput("is needed", where=self._at(self._find(names)[0]))
        return value

    def word(self, name: str, allowed: Collection[str]) -> str | None:
        """One of the words that are allowed, in upper case."""
        value = self.text(name)
        if value is not None and value.upper() not in allowed:
            raise InvalidInput(f"must be one of {', '.join(allowed)}", where=self._at(name))
        return value and value.upper()

    def instant(self, *names: str) -> datetime | None:
        """A time, as DevLake reads it: without a zone it is UTC. Go's zero time is none."""
        name, _ = self._find(names)
        value = self.text(*names)
        if value is None:
            return None
        try:
            moment = _instant(value)
        except ValueError as error:
            raise InvalidInput(str(error), where=self._at(name)) from None
        return moment if moment.year > 1 else None

    def objects(self, name: str) -> list[Fields]:
        """The objects of a list; none where there is no list."""
        found, value = self._find((name,))
        if value is None:
            return []
        where = self._at(found)
        if not isinstance(value, list):
            raise InvalidInput("must be a list", where=where)
        return [Fields(each, f"{where}/{place}") for place, each in enumerate(value)]

    def _find(self, names: Collection[str]) -> tuple[str, Any]:
        """The first that is there, by the name that the sender gave it."""
        for name in names:
            if (found := self._members.get(_plain(name))) and found[1] not in (None, ""):
                return found
        return next(iter(names)), None

    def _at(self, name: str) -> str:
        return f"{self._where}/{name}"


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _instant(text: str) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError("must be a time such as 2026-03-01T12:30:00Z")
    day, minutes, seconds, _, hours_off, minutes_off = match.groups()
    zone = f"{hours_off}:{minutes_off}" if hours_off else "Z"
    return parse_rfc3339(f"{day}T{minutes or '00:00'}{seconds or ':00'}{zone}")
