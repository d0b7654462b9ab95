"""What the service takes in over HTTP: single events, and batches of 100."""

from __future__ import annotations

from streamgauge_bench.measured import Measured
from streamgauge_bench.scale import Lab


def measure(lab: Lab) -> list[Measured]:
    """``http_single`` and ``http_batch``."""
    raise NotImplementedError("measured by a later change")
