"""What each kind of event gives, and what every source must hold to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from streamgauge.testing import SourceConformance


class TestFlux(SourceConformance):
    source = "flux"
    cases = Path(__file__).parent / "cases"
    no_delivery_id = True
    options: ClassVar[dict[str, Any]] = {
        "environments": {"lamps-*": "production"},
        "services": {"*/lamps": "lamp-shop"},
        "repositories": {"*/lantern": "https://git.acme.example/lamps/lantern"},
    }
