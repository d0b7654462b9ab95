"""What an import has found in a repository, and what is missing for which metric."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from streamgauge_github.options import Options

# As the default definition has it; another one may count others.
_PRODUCTION = re.compile(r"(?:^|.*[-_/])(?:production|prod|prd|live)(?:[-_/].*)?")
_MOST_NAMES = 8


@dataclass
class Found:
    """Counted in what GitHub lists, be it new to the log or not."""

    repository: str
    branch: str = ""
    pushes: int = 0
    commits: int = 0
    pull_requests: int = 0
    merged: int = 0
    environments: Counter[str] = field(default_factory=Counter)
    """How many deployments each has, those that ran in a named workflow or were released too."""
    production: int = 0
    """How many of them are deployments to production."""
    releases: int = 0
    incidents: int = 0
    workflows: list[str] = field(default_factory=list)
    """The files of its workflows, where they were looked for."""
    not_read: list[str] = field(default_factory=list)
    """What could not be read, and why."""

    @property
    def deployments(self) -> int:
        """How many deployments, to whatever environment."""
        return self.environments.total()

    def deployed(self, environment: str, production: bool | None = None) -> None:
        """One more deployment."""
        self.environments[environment] += 1
        self.production += bool(production or _PRODUCTION.fullmatch(environment.lower()))

    def counts(self) -> dict[str, Any]:
        """The numbers, for scripts."""
        return {
            "branch": self.branch,
            "pushes": self.pushes,
            "commits": self.commits,
            "pull_requests": self.pull_requests,
            "merged": self.merged,
            "deployments": dict(sorted(self.environments.items())),
            "production_deployments": self.production,
            "releases": self.releases,
            "incidents": self.incidents,
        }

    def sentence(self) -> str:
        """The numbers, for people."""
        where = ", ".join(f"{name} {n:,}" for name, n in self.environments.most_common(_MOST_NAMES))
        return (
            f"{self.repository}: {self.commits:,} commits in {self.pushes:,} pushes to "
            f"{self.branch or 'its branch'}; {self.pull_requests:,} pull requests, "
            f"{self.merged:,} merged; "
            f"{self.deployments:,} deployments{f' ({where})' if where else ''}; "
            f"{self.releases:,} releases; {self.incidents:,} incidents"
        )

    def missing(self, options: Options) -> Iterator[str]:
        """What the metrics lack, and how to mend it."""
        yield from (f"not read: {each}" for each in self.not_read)
        if not self.deployments:
            yield "no metric has a value without deployments, and GitHub knows none here. " + (
                self._what_may_deploy(options)
            )
        elif not self.production:
            names = ", ".join(sorted(self.environments)[:_MOST_NAMES])
            yield (
                "no metric has a value without deployments to production, and by their names none "
                f"of these environments is: {names}. Ask with ?environment=..., or name yours in "
                "a definition: docs/how-to/change-a-definition.md"
            )
        if not self.commits and not self.merged:
            yield "change_lead_time has nothing to begin at: no commit and no merge in this time"
        if not self.incidents:
            labels = ", ".join(sorted(options.incident_labels)) or "none is set"
            yield (
                "change_fail_rate and failed_deployment_recovery_time know rollbacks, reverts and "
                f"hotfixes only: no issue has an incident label ({labels}). Label yours, set "
                "incident_labels, or connect what pages you: docs/plugins/README.md"
            )

    def _what_may_deploy(self, options: Options) -> str:
        """What to put into the settings, where something else than a deployment deploys."""
        if options.deployment_workflows or options.deployment_releases:
            return (
                "Nor has a workflow of deployment_workflows run on the default branch, or, with "
                "deployment_releases, a release been published"
            )
        ways = []
        if self.releases:
            ways.append(f"deployment_releases = true (it has {self.releases:,} releases)")
        if self.workflows:
            names = ", ".join(self.workflows[:_MOST_NAMES])
            ways.append(f'deployment_workflows = ["{self.workflows[0]}"] (it has {names})')
        if not ways:
            return (
                "It has neither releases nor workflows that could count as such: have a "
                "workflow name its environment, or post deployments: docs/plugins/generic.md"
            )
        return (
            f"If releasing or a workflow deploys, put [plugins.github] and {', or '.join(ways)} "
            "into streamgauge.toml; then import again, restart `streamgauge serve`, and have what "
            "it has read already read anew: streamgauge replay --from cloudevents"
        )
