"""Chance that falls the same way every time.

The standard library's generator only promises the same numbers for `random()`, and not for what is
built on it; the demo must give the same events on every Python, or playing it again after an
upgrade would look like other events under the same ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Numbers that are a function of the seed alone."""

    def __init__(self, *seed: str) -> None:
        self._seed = "/".join(seed)
        self._thrown = 0

    def throw(self) -> float:
        """The next number, from 0 up to but not including 1."""
        self._thrown += 1
        digest = hashlib.sha256(f"{self._seed}/{self._thrown}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def between(self, low: float, high: float) -> float:
        """A number from `low` up to `high`."""
        return low + (high - low) * self.throw()

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices, each as likely as the others."""
        return choices[int(self.throw() * len(choices))]

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.throw() < probability
