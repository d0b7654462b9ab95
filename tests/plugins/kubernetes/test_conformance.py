"""What the receiver takes gives what it should, and holds to what every source must hold to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from streamgauge.testing import SourceConformance


class TestKubernetes(SourceConformance):
    source = "kubernetes"
    cases = Path(__file__).parent / "cases"
    options: ClassVar[dict[str, Any]] = {"environments": {"*-prod": "production"}}
