"""What every source must hold to, with Opsgenie's deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from streamgauge.testing import SourceConformance


class TestOpsgenie(SourceConformance):
    source = "opsgenie"
    cases = Path(__file__).parent / "cases"
    no_delivery_id = True
    options: ClassVar[Mapping[str, Any]] = {"services": {"checkout*": "hatworks/shop"}}
