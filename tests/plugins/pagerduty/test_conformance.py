"""What every source must hold to, with PagerDuty's deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from streamgauge.testing import SourceConformance


class TestPagerDuty(SourceConformance):
    source = "pagerduty"
    cases = Path(__file__).parent / "cases"
    options: ClassVar[Mapping[str, Any]] = {
        "environments": {"*(production)": "production", "*(staging)": "staging"},
        "services": {"Checkout*": "hatworks/shop"},
    }
