"""The settings of this plugin: the table ``[plugins.argo-cd]`` or ``STREAMGAUGE_ARGO_CD_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import Names, Secrets
from streamgauge.sources import Options as Reader


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for Argo CD."""

    secrets: Secrets = field(default_factory=lambda: Secrets("argo-cd", ()))
    environment: str | None = None
    """Where nothing says it; None means the namespace that is deployed to."""
    environments: Names = field(default_factory=Names)
    """By ``cluster/namespace`` or namespace of the destination, or by the Application's name."""
    services: Names = field(default_factory=Names)
    """By the Application's name."""
    repositories: Names = field(default_factory=Names)
    """By the Application's name: whose code it is that its revision names."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "argo-cd")
    return Options(
        secrets=Secrets.of(read),
        environment=read.maybe("environment"),
        environments=read.names("environments"),
        services=read.names("services"),
        repositories=read.names("repositories"),
    )
