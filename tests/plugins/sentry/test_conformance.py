"""What every source must hold to, with Sentry's hooks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from streamgauge.testing import SourceConformance


class TestSentry(SourceConformance):
    source = "sentry"
    cases = Path(__file__).parent / "cases"
    options: ClassVar[Mapping[str, Any]] = {
        "incident_alerts": ["Many*", "Checkout*"],
        "incident_levels": ["fatal"],
        "environments": {"stage": "staging"},
        "services": {"checkout": "hatworks/shop"},
    }
