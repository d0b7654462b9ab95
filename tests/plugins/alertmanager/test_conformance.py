"""What every source must hold to, with Alertmanager's notifications."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from streamgauge.testing import SourceConformance


class TestAlertmanager(SourceConformance):
    source = "alertmanager"
    cases = Path(__file__).parent / "cases"
    no_delivery_id = True
    options: ClassVar[Mapping[str, Any]] = {
        "environments": {"*-staging": "staging"},
        "services": {"checkout*": "hatworks/shop"},
    }
