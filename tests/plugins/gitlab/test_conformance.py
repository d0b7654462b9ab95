"""What every source must hold to, for GitLab: see `streamgauge.testing.conformance`."""

from __future__ import annotations

from pathlib import Path

from streamgauge.testing import SourceConformance


class TestGitlab(SourceConformance):
    source = "gitlab"
    cases = Path(__file__).parent / "cases"
    options = {  # noqa: RUF012
        "environments": {"review/*": "review"},
        "services": {"*:*/tickets": "ticket office"},
    }
