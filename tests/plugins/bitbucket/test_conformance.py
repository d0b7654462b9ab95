"""Bitbucket's cases, and what every source must hold to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from streamgauge.testing import SourceConformance


class TestBitbucket(SourceConformance):
    source = "bitbucket"
    cases = Path(__file__).parent / "cases"
    options: ClassVar[Mapping[str, Any]] = {
        "deployments": ["deploy-*"],
        "environments": {"*-staging": "staging"},
        "services": {"northquay/timetable/deploy-boards-*": "boards"},
    }
