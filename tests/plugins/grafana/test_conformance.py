"""What every source must hold to, with Grafana's notifications."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from streamgauge.testing import SourceConformance


class TestGrafana(SourceConformance):
    source = "grafana"
    cases = Path(__file__).parent / "cases"
    no_delivery_id = True
    options: ClassVar[Mapping[str, Any]] = {
        "environments": {"*-staging": "staging"},
        "services": {"checkout*": "hatworks/shop"},
    }
    # Legacy alerting says neither when nor which.
    by_arrival: ClassVar[frozenset[str]] = frozenset(
        {
            "legacy-alerting",
            "legacy-life",
            "legacy-no_data",
            "legacy-ok-without-a-beginning",
            "legacy-paused",
            "legacy-pending",
        }
    )
