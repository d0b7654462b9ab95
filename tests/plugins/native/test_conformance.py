"""CDEvents hold to what every source must hold to."""

from __future__ import annotations

from pathlib import Path

from streamgauge.testing import SourceConformance


class TestNative(SourceConformance):
    source = "native"
    cases = Path(__file__).parent / "cases"
    # A CDEvent's own id is the occurrence's.
    no_delivery_id = True
