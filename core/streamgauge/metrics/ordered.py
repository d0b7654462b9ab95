"""Amounts that are kept in order, so that what many of them come to is found without sorting.

What is found is exact, and the same as of the plain list of them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from math import fsum
from typing import Final, overload

_FEW: Final = 16
"""For each run so many amounts may be left that are looked at one by one."""
_LONG: Final = 8192
"""Amounts in a run that is made of several."""
_REMEMBERED: Final = 512


class Ordered(Sequence[float]):
    """Finite amounts in their order; eight bytes each."""

    __slots__ = ("_amounts", "sums")

    def __init__(self, amounts: Iterable[float]) -> None:
        self._amounts = array("d", sorted(amounts))
        self.sums = exact_sums(self._amounts)
        """A few numbers whose sum is exactly that of the amounts."""

    def __len__(self) -> int:
        return len(self._amounts)

    def __iter__(self) -> Iterator[float]:
        return iter(self._amounts)

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[float]: ...
    def __getitem__(self, place: int | slice) -> float | Sequence[float]:
        return self._amounts[place]

    @property
    def amounts(self) -> array[float]:
        """As they are kept."""
        return self._amounts


class Together(Sequence[float]):
    """The amounts of several runs, each in its order, as one; where they stand in the order of all
    is worked out when it is asked for."""

    def __init__(self, runs: Iterable[Ordered]) -> None:
        self._runs = [run for run in runs if run]
        self._count = sum(map(len, self._runs))
        self._found: dict[int, float] = {}

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[float]:
        return (amount for run in self._runs for amount in run)

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[float]: ...
    def __getitem__(self, place: int | slice) -> float | Sequence[float]:
        """In the order of all of them."""
        if isinstance(place, slice):
            return sorted(self)[place]
        if not -self._count <= place < self._count:
            raise IndexError(place)
        place %= self._count
        if place not in self._found:
            below = self._found.get(place - 1)
            self._found[place] = self._nth(place) if below is None else self._after(place, below)
        return self._found[place]

    def sum(self) -> float:
        """Exactly rounded."""
        return fsum(amount for run in self._runs for amount in run.sums)

    def _nth(self, place: int) -> float:
        """By halves: the middle of the middles divides what is left, of which one part is left."""
        windows = [(run.amounts, 0, len(run)) for run in self._runs]
        left = self._count
        while left > _FEW * len(windows):
            pivot = _middle(windows)
            cuts = [
                (bisect_left(amounts, pivot, low, high), bisect_right(amounts, pivot, low, high))
                for amounts, low, high in windows
            ]
            below = sum(cut[0] - window[1] for cut, window in zip(cuts, windows, strict=True))
            upto = sum(cut[1] - window[1] for cut, window in zip(cuts, windows, strict=True))
            if below <= place < upto:
                return pivot
            pairs = zip(windows, cuts, strict=True)
            if place < below:
                windows = [(a, low, cut[0]) for (a, low, _), cut in pairs if low < cut[0]]
                left = below
            else:
                windows = [(a, cut[1], high) for (a, _, high), cut in pairs if cut[1] < high]
                left, place = left - upto, place - upto
        return sorted(amount for a, low, high in windows for amount in a[low:high])[place]

    def _after(self, place: int, below: float) -> float:
        """What stands there, where `below` stands right before it."""
        cuts = [(run.amounts, bisect_right(run.amounts, below)) for run in self._runs]
        if sum(cut for _, cut in cuts) > place:
            return below
        return min(amounts[cut] for amounts, cut in cuts if cut < len(amounts))


def together(runs: Iterable[Sequence[float]]) -> Sequence[float]:
    """The amounts of all of them as one."""
    ordered: list[Ordered] = []
    plain: list[float] = []
    for run in runs:
        if isinstance(run, Ordered):
            ordered.append(run)
        else:
            plain += run
    if not ordered:
        return plain
    return Together([*ordered, Ordered(plain)]) if plain else _remembered(tuple(ordered))


@lru_cache(maxsize=_REMEMBERED)
def _remembered(runs: tuple[Ordered, ...]) -> Together:
    """The same runs again are asked the same things again. Each is itself and no other."""
    return Together(_merged(runs))


def _merged(runs: Sequence[Ordered]) -> Iterator[Ordered]:
    """Fewer and longer ones, of which most are the same again when the last one is another."""
    pile: list[Ordered] = []
    for run in runs:
        if pile and sum(map(len, pile)) + len(run) > _LONG:
            yield _one(tuple(pile))
            pile = []
        pile.append(run)
    yield from pile  # what is at the end is likely to be another the next time


@lru_cache(maxsize=_REMEMBERED)
def _one(runs: tuple[Ordered, ...]) -> Ordered:
    return runs[0] if len(runs) == 1 else Ordered(chain.from_iterable(runs))


def in_order(amounts: Sequence[float]) -> Sequence[float]:
    """The amounts by their places in the order of all."""
    return amounts if isinstance(amounts, Ordered | Together) else sorted(amounts)


def total(amounts: Sequence[float]) -> float:
    """The sum, exactly rounded."""
    if isinstance(amounts, Together):
        return amounts.sum()
    return fsum(amounts.sums if isinstance(amounts, Ordered) else amounts)


def exact_sums(amounts: Sequence[float]) -> tuple[float, ...]:
    """A few numbers whose sum is exactly that of the amounts: their rounded sum, the rounded rest,
    and so on until nothing is left."""
    found: list[float] = []
    while rest := fsum((*amounts, *(-each for each in found))):
        found.append(rest)
    return tuple(found)


def _middle(windows: Sequence[tuple[array[float], int, int]]) -> float:
    middles = sorted((a[(low + high) // 2], high - low) for a, low, high in windows)
    half = sum(size for _, size in middles) / 2
    seen = 0
    for amount, size in middles:
        seen += size
        if seen >= half:
            return amount
    return middles[-1][0]
