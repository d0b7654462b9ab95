"""What each form and each status gives, and what every source must hold to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from streamgauge.testing import SourceConformance


class TestFourkeys(SourceConformance):
    source = "fourkeys"
    cases = Path(__file__).parent / "cases"
    options: ClassVar[dict[str, Any]] = {
        "deployments": ["deploy-*", "live"],
        "environments": {"*-staging": "staging"},
        "services": {"lamps-app": "lamp-shop"},
    }
