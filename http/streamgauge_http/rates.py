"""How fast each sender may deliver: a bucket of tokens for each, in this process.

A bucket holds a minute's worth of deliveries and is filled at the rate. So who never sends more
than the rate in any minute is never refused, however unevenly it sends; and in no minute is
anybody let through more often than twice the rate: a full bucket and what is filled meanwhile.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable

MOST_SENDERS = 10_000
_SECOND = 1_000_000_000
_MINUTE = 60 * _SECOND


class Rates:
    """The buckets of at most `most` senders; `rate` is in deliveries per minute.

    Times are multiplied by the rate, in which unit every delivery costs a minute: whole numbers,
    so that nothing is lost to rounding. Of a bucket only the time is kept at which it is full
    again; one that is full need not be kept at all.

    Where invented senders fill the table, the buckets that are the nearest to full are forgotten,
    which are the inventions: each has been used once. A sender that has spent more stays, and
    nobody is refused for what others send.
    """

    def __init__(
        self,
        rate: int,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        most: int = MOST_SENDERS,
    ) -> None:
        self.rate = rate
        self._clock = clock
        self._most = most
        self._full_at: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, sender: str) -> int:
        """0 if the sender may deliver now; else in how many whole seconds it may."""
        now = self._clock() * self.rate
        full_at = max(self._full_at.get(sender, now), now) + _MINUTE
        missing = full_at - now - self.rate * _MINUTE
        if missing > 0:
            return -(-missing // (self.rate * _SECOND))
        if sender not in self._full_at and len(self._full_at) >= self._most:
            self._forget(now)
        self._full_at[sender] = full_at
        return 0

    def _forget(self, now: int) -> None:
        """The full buckets, and as many of those next to full that a tenth of the table is free.

        A tenth at once, so that a flood does not have the whole table looked through each time.
        """
        spent = {sender: at for sender, at in self._full_at.items() if at > now}
        surplus = len(spent) - self._most * 9 // 10
        for sender in heapq.nsmallest(surplus, spent, key=spent.__getitem__):
            del spent[sender]
        self._full_at = spent
