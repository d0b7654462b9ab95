"""Files that something is made of which is at work: made anew when they change."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from streamgauge.errors import StreamgaugeError, describe

logger = logging.getLogger(__name__)
LOOK_SECONDS = 1.0


class Watch:
    """Looks at files again and again, and has what is made of them made anew as a whole.

    What counts is what the files hold, so that it does not matter how they were changed: written
    over, replaced, or a link turned to another folder, as Kubernetes does with a ConfigMap. A
    change is taken up when two looks have seen the same: half of a file may be valid too.

    Make it before the files are first read, so that no change falls between.
    """

    def __init__(self, what: str, paths: Iterable[Path], renew: Callable[[], None]) -> None:
        """`what` is what is made, for the log; a path that is a folder stands for the files in it.

        `renew` reads the files and puts in force what it has made of them, all at once; where they
        are wrong it raises, having changed nothing.
        """
        self._what = what
        self._paths = tuple(paths)
        self._renew = renew
        self._taken = self._seen = self._digest()

    def run(self, stop: threading.Event) -> None:
        """Look once a second until `stop` is set."""
        while self._paths and not stop.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        """Look once. What cannot be read is logged with the reason, and what was made before
        stays."""
        before, self._seen = self._seen, self._digest()
        if self._seen == self._taken or self._seen != before:
            return
        self._taken = self._seen
        try:
            self._renew()
        except Exception as error:  # a watch that ends would hide all later changes
            reason = error if isinstance(error, StreamgaugeError) else describe(error)
            logger.error("%s stays as it was: %s", self._what, reason)
        else:
            logger.info("%s was read anew", self._what)

    def _digest(self) -> bytes:
        """Of the files' names and contents; what cannot be read counts by its error."""
        digest = hashlib.sha256()
        for path in self._files():
            try:
                held = hashlib.sha256(path.read_bytes()).digest()
            except OSError as error:
                held = type(error).__name__.encode()
            digest.update(str(path).encode("utf-8", "surrogateescape") + b"\0" + held)
        return digest.digest()

    def _files(self) -> Iterator[Path]:
        for path in self._paths:
            try:
                yield from sorted(path.iterdir()) if path.is_dir() else [path]
            except OSError:  # gone just now, or not ours to read
                yield path
