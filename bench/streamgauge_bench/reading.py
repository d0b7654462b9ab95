"""What it costs to take in one CDEvent: to read, validate and bind it, on one core.

Those that the Go SDK sends deviate in their `time`: they are noted down and corrected, and have a
line of their own. Not shown are events that the validators' one look does not tell, custom ones
among them: they take longer than those that it tells.

Beside them, in the same run: orjson on the same bytes, which is the least that any reader pays, and
the CloudEvents SDK's parser, which knows nothing of CDEvents.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from cloudevents.core.bindings.http import HTTPMessage, from_binary_event, from_structured_event

from streamgauge import cdevents, json_codec
from streamgauge.cdevents.received import receive
from streamgauge.cloudevents.http_binding import Headers, binary, read, structured

SIZE = 1000
"""Bytes of one CDEvent; the CloudEvent around it has some 250 more."""
_EVENTS = 100
_TURNS = 20
_ROUNDS = 10


class Reading(NamedTuple):
    """How long one way of reading an event takes."""

    name: str
    microseconds: float


def cdevent(number: int) -> cdevents.CDEvent:
    """A deployment as a pipeline reports it, of exactly `SIZE` bytes as JSON; each is another."""
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    started = datetime(2026, 3, 1, 12, 30, tzinfo=UTC) + timedelta(seconds=number)

    def made(message: str) -> cdevents.CDEvent:
        return cdevents.new(
            "service.deployed",
            id=cdevents.event_id(f"deployments/{number}", "success"),
            source="https://ci.example/acme/shop",
            timestamp=started,
            subject_id=f"shop-{number % 10}",
            subject_source="/clusters/blue",
            content={
                "environment": {"id": "production", "source": "/clusters/blue"},
                "artifactId": f"pkg:oci/shop@sha256%3A{digest}?repository_url=ghcr.io/acme",
            },
            custom_data={
                "run": {"number": number, "attempt": 1, "url": "https://ci.example/runs/4711"},
                "commit": {"sha": digest[:40], "branch": "main", "message": message},
                "pullRequests": [{"number": 311, "title": "Pay by invoice", "squashed": True}],
                "stages": [{"name": "build", "seconds": 74.2}, {"name": "smoke", "seconds": 9}],
                "actor": {"id": 8123, "name": "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}"},
                "labels": ["canary", "eu-west-1", "approved"],
                "rollback": None,
            },
            chain_id="4c8cb7dd-3448-41de-8768-eec704e2829b",
        )

    missing = SIZE - len(json_codec.encode(made("\n").document))
    return made("Pay by invoice\n" + "x" * (missing - len("Pay by invoice")))


def events() -> list[bytes]:
    """CloudEvents in structured mode, each with another CDEvent."""
    return [cdevents.in_cloudevent(cdevent(number)).state for number in range(_EVENTS)]


def as_go_sends_it(state: bytes) -> bytes:
    """The event with the time of sending, to the nanosecond."""
    document = json_codec.decode(state)
    return json_codec.encode({**document, "time": "2026-03-01T13:00:00.123456789Z"})


def measure() -> list[Reading]:
    """The readings; orjson's, where that is installed, comes first.

    Raises RuntimeError where an event is taken otherwise than its line says.
    """
    states = events()
    binding = cdevents.Binding()

    def ours(message: tuple[Headers, bytes]) -> bool:
        headers, body = message
        (parsed,) = read(headers, body, max_batch_events=1)
        return receive(binding, parsed).deviates

    in_structured, in_binary = list(map(structured, states)), list(map(binary, states))
    from_go = [structured(as_go_sends_it(state)) for state in states]
    if any(map(ours, in_structured + in_binary)) or not all(map(ours, from_go)):
        raise RuntimeError("the events of the benchmark deviate where they should not")
    steps: list[tuple[str, Callable[[Any], object], Sequence[Any]]] = [
        ("streamgauge, structured: read, validate, bind", ours, in_structured),
        ("streamgauge, binary: the same, and written as the log keeps it", ours, in_binary),
        ("streamgauge, from the Go SDK: the same, and corrected", ours, from_go),
        ("the SDK, structured: read", from_structured_event, _messages(in_structured)),
        ("the SDK, binary: read", from_binary_event, _messages(in_binary)),
    ]
    try:
        import orjson
    except ImportError:  # a development tool
        pass
    else:
        steps.insert(0, ("orjson.loads alone", orjson.loads, states))
    # The best of many short rounds: what the others have more is the machine's other work. They
    # take turns, since the machine's clock changes, but stay long enough to be warm.
    best = [float("inf")] * len(steps)
    for _ in range(_TURNS):
        for place, (_, step, given) in enumerate(steps):
            found = min(_microseconds(step, given) for _ in range(_ROUNDS))
            best[place] = min(best[place], found)
    return [Reading(name, found) for (name, _, _), found in zip(steps, best, strict=True)]


def _messages(ours: Sequence[tuple[Headers, bytes]]) -> list[HTTPMessage]:
    return [HTTPMessage(headers=dict(headers), body=body) for headers, body in ours]


def _microseconds(step: Callable[[Any], object], given: Sequence[Any]) -> float:
    start = time.perf_counter_ns()
    for each in given:
        step(each)
    return (time.perf_counter_ns() - start) / len(given) / 1000
