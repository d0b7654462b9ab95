"""The window of the live feed as a state machine, and what a viewer wants."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from streamgauge.patterns import Pattern
from streamgauge_http.live.broadcast import Broadcast
from streamgauge_http.live.messages import Message
from streamgauge_http.live.selection import Selection
from streamgauge_http.live.viewer import CHUNK, Viewer

WINDOW, GIVEN = 300_000, 200_000
SIZES = st.sampled_from([0, 10, 5000, CHUNK // 2, CHUNK - 20, CHUNK, CHUNK + 1, 3 * CHUNK, 400_000])
KINDS = ("a.one", "a.two", "b")
SELECTIONS = (
    Selection("default"),
    Selection("default", [Pattern("a.*")]),
    Selection("default", [Pattern("b"), Pattern("*.two")], [Pattern("/s/*")]),
    Selection("acme"),
)


def message(position: int, size: int, kind: str, tenant: str) -> Message:
    body = b"%d %bx\n" % (position, b"x" * size)
    return Message(position, tenant, kind, f"/{'st'[position % 2]}/{position}", body)


def nothing() -> None:
    """Nobody waits here."""


class Watching(RuleBasedStateMachine):
    """A log that grows, a window that follows it, and viewers that take when they like."""

    viewers = Bundle("viewers")

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Message] = []
        self.broadcast = Broadcast(0, window_bytes=WINDOW, given_bytes=GIVEN)
        self.starts: dict[Viewer, tuple[int, Selection]] = {}
        self.received: dict[Viewer, bytes] = {}
        self.given: dict[Viewer, int] = {}
        """Up to where: what is read for a viewer may be newer than the window is yet."""

    def wanted(self, viewer: Viewer, upto: int | None = None) -> list[bytes]:
        start, selection = self.starts[viewer]
        return [m.body for m in self.log[start:upto] if selection.takes(m)]

    @rule(
        new=st.lists(
            st.tuples(SIZES, st.sampled_from(KINDS), st.sampled_from(["default", "acme"])),
            min_size=1,
            max_size=6,
        )
    )
    def something_is_recorded(self, new: list[tuple[int, str, str]]) -> None:
        for size, kind, tenant in new:
            self.log.append(message(len(self.log) + 1, size, kind, tenant))

    @rule(count=st.integers(1, 8), again=st.integers(0, 3))
    def the_reader_goes_on(self, count: int, again: int) -> None:
        at = self.broadcast.position
        before = {v: (v.live, v.given) for v in self.broadcast.viewers}
        self.broadcast.publish(self.log[max(0, at - again) : at + count])
        for viewer, (live, given_before) in before.items():
            if viewer.dropped is not None:
                assert live, given_before
                assert viewer.after < self.broadcast.start

    @rule(target=viewers, back=st.integers(0, 30), selection=st.sampled_from(SELECTIONS))
    def somebody_comes(self, back: int, selection: Selection) -> Viewer:
        start = max(0, len(self.log) - back)
        viewer = self.broadcast.join(start, selection, nothing)
        self.starts[viewer] = (start, selection)
        self.received[viewer] = b""
        return viewer

    @rule(viewer=viewers, times=st.integers(1, 10))
    def a_viewer_takes(self, viewer: Viewer, times: int) -> None:
        for _ in range(times):
            chunk = viewer.chunk()
            assert chunk is None or len(chunk) <= CHUNK
            self.received[viewer] += chunk or b""
        assert b"".join(self.wanted(viewer)).startswith(self.received[viewer])
        if chunk is None and not viewer.is_behind and viewer.dropped is None:
            start, _ = self.starts[viewer]
            upto = max(self.broadcast.position, start, self.given.get(viewer, 0))
            assert self.received[viewer] == b"".join(self.wanted(viewer, upto))

    @rule(viewer=viewers, count=st.integers(1, 20))
    def a_viewer_is_given_what_is_before_the_window(self, viewer: Viewer, count: int) -> None:
        if not viewer.is_behind or viewer not in self.broadcast.viewers:
            return
        given = self.log[viewer.after : viewer.after + count]
        self.broadcast.give(viewer, given)
        self.given[viewer] = viewer.after + len(given)
        assert viewer.dropped is None

    @rule(viewer=consumes(viewers))
    def a_viewer_leaves(self, viewer: Viewer) -> None:
        viewer.leave()
        assert viewer.given == 0
        del self.starts[viewer], self.received[viewer]

    @rule()
    def all_are_ended(self) -> None:
        still = set(self.broadcast.viewers)
        self.broadcast.end("it is over")
        assert {viewer.dropped for viewer in still} <= {"it is over"}
        assert not self.broadcast.viewers

    @invariant()
    def who_is_cut_is_in_the_middle_of_an_event(self) -> None:
        for viewer, received in self.received.items():
            if viewer.dropped is not None:
                assert viewer.is_cut == (bool(received) and not received.endswith(b"x\n"))

    @invariant()
    def memory_is_bounded(self) -> None:
        inside = self.broadcast.position - self.broadcast.start
        assert self.broadcast.size <= WINDOW or inside == 1
        holders = [viewer for viewer in self.starts if viewer.given]
        assert sum(viewer.given for viewer in holders) <= GIVEN or len(holders) == 1
        for viewer in self.starts:
            if viewer.dropped is not None:
                assert viewer.given == 0
                assert viewer not in self.broadcast.viewers


TestWatching: Any = Watching.TestCase


@given(st.lists(st.tuples(SIZES, st.sampled_from(KINDS)), min_size=1, max_size=30))
def test_who_keeps_up_is_never_dropped_whatever_others_do(sizes: list[tuple[int, str]]) -> None:
    broadcast = Broadcast(0, window_bytes=WINDOW, given_bytes=GIVEN)
    eager = broadcast.join(0, Selection("default"), nothing)
    broadcast.join(0, Selection("default"), nothing)
    received = b""
    log = [message(n, size, kind, "default") for n, (size, kind) in enumerate(sizes, start=1)]
    for new in log:
        broadcast.publish([new])
        while chunk := eager.chunk():
            received += chunk
    assert eager.dropped is None
    assert received == b"".join(each.body for each in log)


def test_who_takes_longest_over_what_it_was_given_is_dropped_first() -> None:
    log = [message(n, CHUNK, "b", "default") for n in range(1, 9)]
    broadcast = Broadcast(8, window_bytes=WINDOW, given_bytes=GIVEN)
    slow, slower, quick = (broadcast.join(0, Selection("default"), nothing) for _ in range(3))
    broadcast.give(slower, log[:1])
    broadcast.give(slow, log[:1])
    broadcast.give(quick, log[:1])
    while quick.chunk():
        pass
    broadcast.give(quick, log[1:2])
    assert (slower.dropped, slow.dropped, quick.dropped) == (None, None, None)
    broadcast.give(broadcast.join(0, Selection("default"), nothing), log[:1])
    assert slower.dropped is not None
    assert (slow.dropped, quick.dropped) == (None, None)


def test_what_a_viewer_was_given_ahead_of_the_window_it_is_not_sent_again() -> None:
    log = [message(n, 400_000 if n == 2 else 0, "b", "default") for n in range(1, 5)]
    broadcast = Broadcast(0, window_bytes=WINDOW, given_bytes=GIVEN)
    broadcast.publish(log[:2])
    viewer = broadcast.join(0, Selection("default"), nothing)
    assert viewer.is_behind
    broadcast.give(viewer, log[:3])
    received = b""
    for new in ([], log[2:]):
        broadcast.publish(new)
        while chunk := viewer.chunk():
            received += chunk
    assert received == b"".join(each.body for each in log)


TEXTS = st.text("ab.*/", max_size=12)


@given(pattern=TEXTS, text=TEXTS)
def test_a_pattern_matches_what_a_regular_expression_does(pattern: str, text: str) -> None:
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    assert Pattern(pattern).matches(text) == bool(re.fullmatch(expression, text, re.DOTALL))


@given(parts=st.lists(st.text("ab.", max_size=3), min_size=1, max_size=5), fill=st.text("abc"))
def test_a_star_stands_for_anything(parts: list[str], fill: str) -> None:
    assert Pattern("*".join(parts)).matches(fill.join(parts))


@pytest.mark.parametrize("stars", [20, 300])
def test_many_stars_take_no_time(stars: int) -> None:
    assert not Pattern("a*" * stars + "b").matches("a" * 5000)
