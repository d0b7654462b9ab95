"""A hold that outlives the keeper: who needs the server for long has it started again."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from streamgauge.errors import EmbeddedPostgresError
from streamgauge.postgres.embedded.handle import EmbeddedPostgres

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0


@contextmanager
def kept(data_dir: Path | None, *, database: str, say: Callable[[str], None]) -> Iterator[str]:
    """The URL of the embedded server, which comes back under it even when its keeper is killed.

    Raises EmbeddedPostgresError where it does not start the first time.
    """
    ours, its_end = socket.socketpair()
    with ours, its_end:
        watch = _Watch(data_dir, database, say, its_end)
        thread = threading.Thread(target=watch.run, name="embedded-postgres", daemon=True)
        thread.start()
        try:
            yield watch.held.url
        finally:
            ours.close()
            thread.join()
            watch.held.release()


class _Watch:
    """Waits for the end of the keeper, or for that of `end`, which says that the hold is over."""

    def __init__(
        self, data_dir: Path | None, database: str, say: Callable[[str], None], end: socket.socket
    ) -> None:
        self._data_dir = data_dir
        self._database = database
        self._say = say
        self._end = end
        self.held = self._acquire()

    def run(self) -> None:
        while not self._over(None, self.held.fileno()):
            if self.held.is_lost():
                self.held.release()
                self._say("the keeper of the embedded PostgreSQL has ended; starting both again")
                if not self._start_again():
                    return

    def _acquire(self) -> EmbeddedPostgres:
        return EmbeddedPostgres.acquire(self._data_dir, database=self._database, say=self._say)

    def _start_again(self) -> bool:
        """Try until it runs, which is True, or until the hold is over."""
        url, pause = self.held.url, _FIRST_PAUSE
        while True:
            try:
                self.held = self._acquire()
            except EmbeddedPostgresError as error:
                self._say(f"{error}\ntrying again in {pause:g} s")
                if self._over(pause):
                    return False
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                if self.held.url != url:
                    self._say(f"the embedded PostgreSQL has moved to {self.held.url}: start again")
                return True

    def _over(self, seconds: float | None, *others: int) -> bool:
        """Wait until the hold is over, or for `seconds`, or until there is news from `others`."""
        poll = select.poll()
        for descriptor in (self._end.fileno(), *others):
            poll.register(descriptor, select.POLLIN)
        found = poll.poll(None if seconds is None else seconds * 1000)
        return any(descriptor == self._end.fileno() for descriptor, _ in found)
