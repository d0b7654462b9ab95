"""What it costs to take in one CDEvent: to read, validate and bind it, on one core.

Beside it, in the same run: orjson on the same bytes, which is the least that any reader pays, and
the CloudEvents SDK's parser, which knows nothing of CDEvents.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cloudevents.core.bindings.http import HTTPMessage, from_binary_event, from_structured_event

from streamgauge import cdevents
from streamgauge.cloudevents.http_binding import binary, read, structured
from streamgauge_http.cdevents import receive

SIZE = 1000
_ROUNDS = 200
_EACH = 100


class Reading(NamedTuple):
    """How long one way of reading the event takes."""

    name: str
    microseconds: float


def event() -> bytes:
    """A CDEvent in a structured CloudEvent of exactly `SIZE` bytes."""

    def made(filler: int) -> bytes:
        return cdevents.in_cloudevent(
            cdevents.new(
                "service.deployed",
                id=cdevents.event_id("deployments/42", "success"),
                source="https://ci.example/acme/shop",
                timestamp=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
                subject_id="shop",
                subject_source="/clusters/blue",
                content={
                    "environment": {"id": "production", "source": "/clusters/blue"},
                    "artifactId": "pkg:oci/shop@sha256%3A4a2f",
                },
                custom_data={"run": {"number": 17, "tags": ["a", "b"]}, "log": "x" * filler},
                chain_id="4c8cb7dd-3448-41de-8768-eec704e2829b",
            )
        ).state

    return made(SIZE - len(made(0)))


def measure() -> list[Reading]:
    """The readings; orjson's, where that is installed, comes first.

    Raises RuntimeError where the event is not taken as it is.
    """
    state = event()
    binding = cdevents.Binding()

    def ours(headers: Any, body: bytes) -> Callable[[], object]:
        def take() -> object:
            (parsed,) = read(headers, body, max_batch_events=1)
            return receive(binding, parsed)

        (parsed,) = read(headers, body, max_batch_events=1)
        if receive(binding, parsed).deviates:
            raise RuntimeError("the event of the benchmark deviates")
        return take

    in_binary, in_structured = binary(state), structured(state)
    sdk_structured = HTTPMessage(headers=dict(in_structured[0]), body=in_structured[1])
    sdk_binary = HTTPMessage(headers=dict(in_binary[0]), body=in_binary[1])
    steps: list[tuple[str, Callable[[], object]]] = [
        ("streamgauge, structured: read, validate, bind", ours(*in_structured)),
        ("streamgauge, binary: read, validate, bind", ours(*in_binary)),
        ("the SDK, structured: read", lambda: from_structured_event(sdk_structured)),
        ("the SDK, binary: read", lambda: from_binary_event(sdk_binary)),
    ]
    try:
        import orjson
    except ImportError:  # a development tool
        pass
    else:
        steps.insert(0, ("orjson.loads alone", lambda: orjson.loads(state)))
    return [Reading(name, _microseconds(step)) for name, step in steps]


def _microseconds(step: Callable[[], object]) -> float:
    """The best of many short rounds: what the others have more is the machine's other work."""
    best = float("inf")
    for _ in range(_ROUNDS):
        start = time.perf_counter_ns()
        for _ in range(_EACH):
            step()
        best = min(best, (time.perf_counter_ns() - start) / _EACH)
    return best / 1000
