"""Texts in which ``*`` stands for anything."""

from __future__ import annotations


class Pattern:
    """A text in which each ``*`` stands for anything, nothing too."""

    def __init__(self, text: str) -> None:
        self._first, *rest = text.split("*")
        self._rest = rest

    def matches(self, text: str) -> bool:
        """Whether the whole text is of this form.

        By hand, since a regular expression with many stars takes time without end, and here
        anybody may write one.
        """
        if not self._rest:
            return text == self._first
        *middle, last = self._rest
        at, end = len(self._first), len(text) - len(last)
        if at > end or not text.startswith(self._first) or not text.endswith(last):
            return False
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True
