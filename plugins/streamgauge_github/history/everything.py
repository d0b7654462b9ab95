"""The whole history of a repository, part by part."""

from __future__ import annotations

from streamgauge_github.history.changes import read_pulls, read_pushes
from streamgauge_github.history.deployed import (
    read_deployments,
    read_releases,
    read_runs,
    workflows,
)
from streamgauge_github.history.incidents import read_incidents
from streamgauge_github.history.reader import Reader

_PARTS = (
    ("pushes", read_pushes),
    ("releases", read_releases),
    ("incidents", read_incidents),
    ("workflow runs", read_runs),
    ("deployments", read_deployments),
    ("pull requests", read_pulls),
)
"""What costs most requests comes last, so that as much as can be is there when a limit ends it."""


def read_everything(reader: Reader) -> None:
    """Read and record all of it. Raises GithubError where nothing more can be read."""
    for name, read in _PARTS:
        with reader.noted(name):
            read(reader)
    if not reader.found.deployments:
        with reader.noted("workflows"):
            reader.found.workflows = [file for _, file, _ in workflows(reader)]
