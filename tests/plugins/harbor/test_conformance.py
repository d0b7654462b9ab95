"""What every source holds to, and the golden file of each row of the mapping."""

from __future__ import annotations

from pathlib import Path

from streamgauge.testing import SourceConformance


class TestHarbor(SourceConformance):
    source = "harbor"
    cases = Path(__file__).parent / "cases"
    # The Default format has none.
    no_delivery_id = True
