"""What the service takes in over HTTP: single events, and batches of 100."""

from __future__ import annotations

from streamgauge_bench import http
from streamgauge_bench.measured import Measured, Note
from streamgauge_bench.scale import Lab

SLOWEST_P99 = 60.0
"""Milliseconds that single events may take, 99 of 100."""


def measure(lab: Lab) -> list[Measured]:
    """``http_single`` and ``http_batch``: the service as it is shipped, a real process."""
    with lab.database() as database:
        single, batch = http.measure(database, seconds=lab.scale.seconds, runs=lab.scale.runs)
    return [
        _measured("http_single", single, slowest=SLOWEST_P99),
        _measured("http_batch", batch, slowest=None),
    ]


def _measured(name: str, served: http.Served, *, slowest: float | None) -> Measured:
    return Measured(
        name,
        served.rate,
        "events/s",
        served.bound_rate,
        "the leanest server that makes the same promise",
        [
            Note(f"p50 {served.p50:.1f} ms"),
            Note(
                f"p99 {served.p99:.1f} ms",
                missed=slowest is not None and served.p99 >= slowest,
            ),
        ],
    )
