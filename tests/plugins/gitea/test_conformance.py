"""What every source must hold to, for Gitea and Forgejo: `streamgauge.testing.conformance`."""

from __future__ import annotations

from pathlib import Path

from streamgauge.testing import SourceConformance


class TestGitea(SourceConformance):
    source = "gitea"
    cases = Path(__file__).parent / "cases"
    options = {  # noqa: RUF012
        "deployments": ["ferries/booking/deploy*"],
        "environments": {"deploy-staging.yml": "staging"},
    }
