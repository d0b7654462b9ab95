"""One viewer: where it is in a broadcast, and the next bytes for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from streamgauge_http.live.messages import Message
from streamgauge_http.live.selection import Selection

if TYPE_CHECKING:
    from streamgauge_http.live.broadcast import Broadcast

CHUNK: Final = 64 * 1024
"""What a connection does not take waits there as a copy: no more than this at a time."""
_MOST_LOOKS = 1000


class Viewer:
    """Gets the events after `after` that it wants, in order, each once, until it is dropped."""

    def __init__(
        self,
        broadcast: Broadcast,
        after: int,
        selection: Selection,
        wake: Callable[[], object],
    ) -> None:
        self.after = after
        """The position of the last event that it has been sent whole or has no wish for."""
        self.wake = wake
        self.dropped: str | None = None
        """Why it was ended, if it was."""
        self.is_cut = False
        """It was ended in the middle of an event, of which the rest will not come."""
        self.live = False
        """Whether it is in the window, and no longer before it."""
        self.place = 0
        """Where in the window it is, if it is."""
        self.given = 0
        """Bytes of what it was given from before the window."""
        self._broadcast = broadcast
        self._selection = selection
        self._given: list[Message] = []
        self._rest: memoryview | None = None
        self._come_in()

    @property
    def is_behind(self) -> bool:
        """Whether it needs to be given what stands before the window."""
        return not (self.live or self._given or self.dropped)

    def chunk(self) -> bytes | None:
        """The next bytes for it, up to CHUNK; none yet (b"") where it has looked at many events
        that it does not want, None where there is nothing more for it to look at."""
        if self._rest is not None:
            return self._piece(self._rest)
        bodies: list[bytes] = []
        size = 0
        for _ in range(_MOST_LOOKS):
            message = self._next()
            if message is None:
                return b"".join(bodies) or None
            if self._wants(message):
                size += len(message.body)
                if size > CHUNK:
                    return b"".join(bodies) if bodies else self._piece(memoryview(message.body))
                bodies.append(message.body)
            self._pass(message)
        return b"".join(bodies)

    def leave(self) -> None:
        """Be no viewer any more."""
        self._broadcast.leave(self)

    def take_given(self, messages: Sequence[Message], size: int) -> None:
        """Go on with these, and then by oneself."""
        self._given = [*reversed(messages)]
        self.given = size

    def end(self, reason: str) -> None:
        """Hold nothing any more."""
        if self.dropped is None:
            self.dropped = reason
            self.is_cut = self._rest is not None
        self.forget()
        self.wake()

    def forget(self) -> None:
        """Let go of every event."""
        self._rest = None
        self._given.clear()
        self.given = 0

    def _next(self) -> Message | None:
        if self.dropped is not None:
            return None
        if self._given:
            return self._given[-1]
        return self._broadcast.at(self.place) if self.live else None

    def _piece(self, rest: memoryview) -> bytes:
        """The next piece of an event that is larger than a chunk. It is passed with the last one,
        so that who is stuck in it falls out of the window with it."""
        piece, self._rest = bytes(rest[:CHUNK]), rest[CHUNK:]
        if not self._rest:
            self._rest = None
            message = self._next()
            assert message is not None
            self._pass(message)
        return piece

    def _wants(self, message: Message) -> bool:
        # Who came with a position that the window's reader had not come to yet is beyond its end.
        return message.position > self.after and self._selection.takes(message)

    def _pass(self, message: Message) -> None:
        self.after = max(self.after, message.position)
        if not self._given:
            self.place += 1
            return
        self._given.pop()
        self.given -= message.size
        if not self._given:
            self._come_in()

    def _come_in(self) -> None:
        """Go on in the window, if that has what comes next."""
        self.live = self.after >= self._broadcast.start
        if self.live:
            self.place = self._broadcast.place_after(self.after)
