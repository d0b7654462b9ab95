"""What every source holds to, and the golden file of each row of the mapping."""

from __future__ import annotations

from pathlib import Path

from streamgauge.testing import SourceConformance


class TestDistribution(SourceConformance):
    source = "distribution"
    cases = Path(__file__).parent / "cases"
    # A notification has one id for all that it is sent to: the occurrence's.
    no_delivery_id = True
