"""The settings: what is deployed where by which workspace.

::

    [plugins.terraform]
    environment = "production"

    [plugins.terraform.environments]
    "*-staging" = "staging"

    [plugins.terraform.services]
    "shop-*" = "shop"
"""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import Names, Options


@dataclass(frozen=True, slots=True)
class Workspaces:
    """What the names of workspaces mean, which Terraform does not know."""

    environment: str = "production"
    environments: Names = field(default_factory=Names)
    services: Names = field(default_factory=Names)

    @classmethod
    def of(cls, settings: Settings) -> Workspaces:
        """Read the settings. Raises SettingsError that names the one that makes no sense."""
        options = Options(settings, "terraform")
        return cls(
            environment=options.text("environment", "production"),
            environments=options.names("environments"),
            services=options.names("services"),
        )

    def environment_of(self, workspace: str) -> str:
        """The environment that the workspace is."""
        return self.environments.of(workspace) or self.environment

    def service_of(self, workspace: str) -> str:
        """The service that the workspace deploys; its own name where no setting says it."""
        return self.services.of(workspace) or workspace
