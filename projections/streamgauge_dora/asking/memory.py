"""What a process remembers of the rows that questions were answered with.

Links say how far back they have changed (linking/moves.py): what is older than that need not be
read again. Nothing else ends what is remembered but that it is too much, or not asked for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock, RLock
from typing import Final, TypeVar, cast
from uuid import UUID

from streamgauge_dora.linking.moves import Moved

LONGEST: Final = timedelta(days=366 * 5)
"""Of longer ranges nothing is remembered: their days alone are too many to be gone through."""
MOST: Final = 8_000_000
"""Numbers that are remembered, of eight bytes or so."""


class Shelf(ABC):
    """What is remembered of one kind of question. `weight` is how many numbers that is."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._mark: UUID | None = None
        self.weight = 0

    @abstractmethod
    def forget(self, since: datetime | None) -> None:
        """What was so at the instant or later; None: everything."""

    @contextmanager
    def at(self, moved: Callable[[UUID | None], Moved]) -> Iterator[bool]:
        """Brings it to the moment of a snapshot, for the length of the block; false where that has
        nothing to go by. `moved` says what has changed since a mark."""
        with self._lock:
            found = moved(self._mark)
            if not found.is_known or found.mark is None:
                self.forget(None)
            elif found.since is not None:
                self.forget(found.since)
            self._mark = None  # what is half done is forgotten
            yield found.mark is not None
            self._mark = found.mark


S = TypeVar("S", bound=Shelf)


class Memory:
    """The shelves of one process, up to `most` numbers; those that were used last stay."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._shelves: OrderedDict[Hashable, Shelf] = OrderedDict()
        self._lock = Lock()

    def shelf(self, key: Hashable, new: Callable[[], S]) -> S:
        """That of the key, which is always of one kind."""
        with self._lock:
            found = self._shelves.setdefault(key, new())
            self._shelves.move_to_end(key)
            return cast("S", found)

    def tidy(self) -> None:
        """Let go of what has not been used for longest, until the rest is not too much."""
        with self._lock:
            weight = sum(shelf.weight for shelf in self._shelves.values())
            while weight > self.most:
                _, gone = self._shelves.popitem(last=False)
                weight -= gone.weight
