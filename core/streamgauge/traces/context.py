"""Which trace something belongs to, as W3C writes it and CloudEvents' extension carries it."""

from __future__ import annotations

import re

import msgspec

from streamgauge.cloudevents import Event
from streamgauge.cloudevents.json_format import read
from streamgauge.cloudevents.recorded import with_attributes

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
LONGEST_STATE = 512
"""Characters of a `tracestate` that are carried on: as many as W3C wants to be, at least."""

# https://www.w3.org/TR/trace-context/: version, trace, parent, flags; a newer version may say more.
_FORM = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[ -~]{1,100})?",
    re.ASCII,
)
_STATE = re.compile(r"[ -~]*", re.ASCII)


class Context(msgspec.Struct, frozen=True):
    """A span of somebody's, in which what comes of it continues."""

    traceparent: str
    tracestate: str | None = None

    @classmethod
    def read(cls, traceparent: object, tracestate: object = None) -> Context | None:
        """What the two say; None for what is no `traceparent`. Of a version 0, no more than that
        has."""
        if not isinstance(traceparent, str) or not _FORM.fullmatch(traceparent):
            return None
        if traceparent.startswith("00") and len(traceparent) != 55:
            return None
        kept = isinstance(tracestate, str) and 0 < len(tracestate) <= LONGEST_STATE
        state = str(tracestate) if kept and _STATE.fullmatch(str(tracestate)) else None
        return cls(traceparent, state)

    @property
    def sampled(self) -> bool:
        """Whether it is recorded by who began it."""
        return bool(int(self.traceparent[53:55], 16) & 1)


class _Carried(msgspec.Struct):
    traceparent: object = None
    tracestate: object = None


_decoder = msgspec.json.Decoder(_Carried)


def context_of(state: bytes) -> Context | None:
    """The trace that a recorded event belongs to, by its own attributes; None for none."""
    if b'"traceparent"' not in state:  # most, and told at a glance
        return None
    carried = _decoder.decode(state)
    return Context.read(carried.traceparent, carried.tracestate)


def carrying(event: Event, context: Context) -> Event:
    """The event with the context as its attributes, if it has none of its own; its data stays to
    the byte."""
    attributes = read(event.state).attributes
    if TRACEPARENT in attributes or TRACESTATE in attributes:
        return event
    added = {TRACEPARENT: context.traceparent}
    if context.tracestate is not None:
        added[TRACESTATE] = context.tracestate
    return with_attributes(event.state, {**attributes, **added})
