"""Tekton holds to what every source must hold to."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from streamgauge.testing import SourceConformance


class TestTekton(SourceConformance):
    source = "tekton"
    cases = Path(__file__).parent / "cases"
    options: ClassVar = {
        "dashboard": "https://tekton.lantern.example/",
        "deployments": ["deploy-*"],
        "environments": {"*-docs": "docs"},
        "services": {"cart-ship": "cart"},
        "parameters": {"environment": "target", "image": "image"},
    }
