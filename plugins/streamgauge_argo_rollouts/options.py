"""The settings of this plugin: ``[plugins.argo-rollouts]`` or ``STREAMGAUGE_ARGO_ROLLOUTS_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import Names, Secrets
from streamgauge.sources import Options as Reader


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set. `environments` has namespaces, or ``cluster/namespace``, and
    `services` has ``namespace/rollout``, or ``namespace/rollout/container``."""

    secrets: Secrets = field(default_factory=lambda: Secrets("argo-rollouts", ()))
    cluster: str | None = None
    environment: str | None = None
    """Where no table says it; None means the namespace."""
    environments: Names = field(default_factory=Names)
    services: Names = field(default_factory=Names)

    def environment_of(self, cluster: str | None, namespace: str) -> str:
        """What a namespace is called."""
        return (
            self.environments.of(f"{cluster or ''}/{namespace}")
            or self.environments.of(namespace)
            or self.environment
            or namespace
        )


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "argo-rollouts")
    return Options(
        secrets=Secrets.of(read),
        cluster=read.maybe("cluster"),
        environment=read.maybe("environment"),
        environments=read.names("environments"),
        services=read.names("services"),
    )
