"""What every source holds to, and the golden file of each row of the mapping."""

from __future__ import annotations

from pathlib import Path

from streamgauge.testing import SourceConformance


class TestDockerHub(SourceConformance):
    source = "docker-hub"
    cases = Path(__file__).parent / "cases"
    no_delivery_id = True
