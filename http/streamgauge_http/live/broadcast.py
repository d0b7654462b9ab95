"""The newest events of a log, kept once, and where each viewer of them is. No part of it waits."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final

from streamgauge_http.live.messages import Message
from streamgauge_http.live.selection import Selection
from streamgauge_http.live.viewer import Viewer

MIB: Final = 1024 * 1024
WINDOW_BYTES: Final = 16 * MIB
GIVEN_BYTES: Final = 32 * MIB

TOO_SLOW: Final = "events came faster than they were taken; come back with Last-Event-ID"


class Broadcast:
    """A window of the log, whose end is the newest event that was published.

    Memory is bounded whatever viewers do: `window_bytes` of events, or one that is larger, and
    `given_bytes` of what was read for viewers from before the window, or what one is given. Who is
    in the way of that is dropped. A viewer has no queue of its own.
    """

    def __init__(
        self,
        position: int,
        *,
        window_bytes: int = WINDOW_BYTES,
        given_bytes: int = GIVEN_BYTES,
    ) -> None:
        self.start = self.position = position
        """The window has the events with start < position <= self.position."""
        self.viewers: set[Viewer] = set()
        self._window_bytes = window_bytes
        self._given_bytes = given_bytes
        self._messages: list[Message] = []
        self._gone = 0
        """How many messages have left the window; a viewer's place counts from the first ever."""
        self._size = 0
        self._given: dict[Viewer, None] = {}
        """Who was given something, the one whose turn is longest ago first."""

    @property
    def size(self) -> int:
        """Bytes of the events in the window."""
        return self._size

    @property
    def given(self) -> int:
        """Bytes of what viewers were given from before the window and have not passed."""
        return sum(viewer.given for viewer in self._given)

    def join(self, after: int, selection: Selection, wake: Callable[[], object]) -> Viewer:
        """A viewer of what comes after a position. `wake` is called when there is something."""
        viewer = Viewer(self, after, selection, wake)
        self.viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer that has ended."""
        self.viewers.discard(viewer)
        self._given.pop(viewer, None)
        viewer.forget()

    def publish(self, messages: Sequence[Message]) -> None:
        """Put the next events of the log into the window, and drop who was left behind by it.

        What was published already is passed over.
        """
        new = messages[bisect_right(messages, self.position, key=_position) :]
        if not new:
            return
        self._messages += new
        self._size += sum(message.size for message in new)
        self.position = new[-1].position
        self._shorten()
        for viewer in tuple(self.viewers):
            if viewer.live and viewer.after < self.start:
                self.drop(viewer, TOO_SLOW)
            else:
                viewer.place = max(viewer.place, self._gone)
                viewer.wake()

    def drop(self, viewer: Viewer, reason: str) -> None:
        """End a viewer: it holds nothing any more, and is told why if it can be."""
        self.viewers.discard(viewer)
        self._given.pop(viewer, None)
        viewer.end(reason)

    def end(self, reason: str) -> None:
        """End all viewers."""
        for viewer in tuple(self.viewers):
            self.drop(viewer, reason)

    def give(self, viewer: Viewer, messages: Sequence[Message]) -> None:
        """Hand a viewer that is before the window what comes next for it, and drop those that take
        longest over what they were given, where it would be too much together."""
        size = sum(message.size for message in messages)
        self._given.pop(viewer, None)
        total = size + self.given
        for other in tuple(self._given):
            if total > self._given_bytes and other.given:
                total -= other.given
                self.drop(other, TOO_SLOW)
        self._given[viewer] = None
        viewer.take_given(messages, size)

    def at(self, place: int) -> Message | None:
        """The message at a place in the window; None where that is its end."""
        index = place - self._gone
        return self._messages[index] if index < len(self._messages) else None

    def place_after(self, position: int) -> int:
        """The place of the first message after a position, which is in the window or beyond."""
        return self._gone + bisect_right(self._messages, position, key=_position)

    def _shorten(self) -> None:
        count = 0
        while self._size > self._window_bytes and count < len(self._messages) - 1:
            self._size -= self._messages[count].size
            count += 1
        if count:
            self.start = self._messages[count - 1].position
            self._gone += count
            del self._messages[:count]


def _position(message: Message) -> int:
    return message.position
