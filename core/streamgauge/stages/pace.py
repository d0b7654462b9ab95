"""How many events a page has: as many as take about a quarter of a second."""

from __future__ import annotations

LEAST, MOST = 100, 20_000
_AIM_SECONDS = 0.25


class Pace:
    """Adapts the size of a page to how long pages take.

    Long transactions hold up others and lose more when they fail; short ones pay for their commit.
    What it costs to fold an event differs a thousandfold between projections.
    """

    def __init__(self, size: int = 1000, *, least: int = LEAST, most: int = MOST) -> None:
        self.size = size
        self._least = min(least, size)
        self._most = max(most, size)

    @classmethod
    def fixed(cls, size: int) -> Pace:
        """Pages of this size and no other."""
        return cls(size, least=size, most=size)

    def took(self, events: int, seconds: float) -> None:
        """Note how long a page took. What is not full says little, unless it was slow."""
        if seconds > 2 * _AIM_SECONDS:
            self.size = max(self._least, self.size // 2)
        elif events >= self.size and seconds < _AIM_SECONDS:
            self.size = min(self._most, self.size * 2)
