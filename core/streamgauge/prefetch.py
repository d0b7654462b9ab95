"""The next items of an iterator are made while the last one is used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

T = TypeVar("T")
_DEPTH = 2
_TICK = 0.1


def prefetched(source: Callable[[], Iterable[T]]) -> Generator[T, None, None]:
    """What `source()` gives, made in a thread of its own, a few items ahead.

    For a source that waits for Postgres, and a consumer that does too. What the source raises is
    raised here. When the consumer ends early, the source's generator is closed before this is.
    """
    items: queue.Queue[tuple[T | None, BaseException | None, bool]] = queue.Queue(_DEPTH)
    over = threading.Event()

    def put(item: T | None, error: BaseException | None = None, *, last: bool = False) -> None:
        while not over.is_set():
            try:
                items.put((item, error, last), timeout=_TICK)
            except queue.Full:
                continue
            return

    def make() -> None:
        try:
            for item in source():
                put(item)
                if over.is_set():
                    return
        except BaseException as error:
            put(None, error, last=True)
        else:
            put(None, last=True)

    thread = threading.Thread(target=make, name="prefetch", daemon=True)
    thread.start()
    try:
        while True:
            item, error, last = items.get()
            if error is not None:
                raise error
            if last:
                return
            yield item  # type: ignore[misc]
    finally:
        over.set()
        thread.join()
