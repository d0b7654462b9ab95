"""Jenkins holds to what every source must hold to."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from streamgauge.testing import SourceConformance


class TestJenkins(SourceConformance):
    source = "jenkins"
    cases = Path(__file__).parent / "cases"
    options: ClassVar = {
        "instance": "https://ci-two.lantern.example",
        "deployments": ["deploy-*", "ops/deploy-*"],
        "environments": {"*-docs": "docs"},
        "services": {"*-docs": "handbook"},
        "parameters": {
            "environment": "TARGET",
            "service": "APP",
            "image": "TAG",
            "commit": "REVISION",
            "repository": "SOURCE",
        },
    }
