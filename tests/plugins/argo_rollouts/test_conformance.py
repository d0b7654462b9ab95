"""What notifications and objects give, and what every source must hold to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from streamgauge.testing import SourceConformance

OPTIONS: dict[str, Any] = {"environments": {"prod-eu/lamps-*": "production"}}


class TestNotifications(SourceConformance):
    source = "argo-rollouts"
    cases = Path(__file__).parent / "cases"
    no_delivery_id = True
    options: ClassVar[dict[str, Any]] = OPTIONS


class TestObjects(SourceConformance):
    source = "cloudevents"
    plugin = "argo-rollouts"
    cases = Path(__file__).parent / "objects"
    options: ClassVar[dict[str, Any]] = OPTIONS
